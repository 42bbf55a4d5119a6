import { copyFileSync, existsSync, readdirSync, renameSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

export interface Rotation {
  readonly maxBytes: number;
  /** How many old files are kept. */
  readonly keep: number;
}

/** Writers hold their files open for appending, so a full one is copied away and emptied in place: `x.log` to `x.log.1`, and so on. */
export function rotateLogs(dir: string, { maxBytes, keep }: Rotation): void {
  for (const name of readdirSync(dir).filter(entry => entry.endsWith('.log'))) {
    const file = join(dir, name);
    if (statSync(file).size <= maxBytes) continue;
    for (let age = keep; age > 1; age--) {
      if (existsSync(`${file}.${age - 1}`)) renameSync(`${file}.${age - 1}`, `${file}.${age}`);
    }
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}
