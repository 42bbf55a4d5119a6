import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';

/** Puts a file in place as a whole, readable by its owner only unless told. */
export function writePrivate(file: string, text: string, mode = 0o600): void {
  const scratch = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(scratch, text, { mode });
  renameSync(scratch, file);
}
