import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PowerCutDisk } from './disk.ts';

/** What a writer promised before the power went. */
export interface Promised {
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Key by revision. */
  readonly watched: ReadonlyMap<number, string>;
}

export interface Cut {
  readonly promised: Promised;
  /** Where the writer's data is after the cut. */
  readonly dir: string;
}

export interface CutsOptions {
  readonly writer: 'store-writer' | 'unsynced-writer';
  readonly cuts: number;
  readonly random: () => number;
  /** Looks at what is left after each cut. */
  readonly judge: (cut: Cut) => Promise<void>;
}

/** Between the first promise and the cut: some groups of commits, and never the same moment of one. */
const RUN_MS = { least: 50, spread: 600 } as const;

/** Cuts the power of a disk under a writer, again and again, each time on a new file system. */
export async function cutPower({ writer, cuts, random, judge }: CutsOptions): Promise<void> {
  await using disk = await PowerCutDisk.make();
  for (let at = 0; at < cuts; at++) {
    const dir = 'data';
    const promised = await promisesUntilCut(disk, { writer, dir, runMs: RUN_MS.least + random() * RUN_MS.spread });
    await judge({ promised, dir: join(await disk.restore(), dir) });
  }
}

async function promisesUntilCut(
  disk: PowerCutDisk,
  { writer, dir, runMs }: { readonly writer: CutsOptions['writer']; readonly dir: string; readonly runMs: number },
): Promise<Promised> {
  const folder = join(await disk.format(), dir);
  const child = spawn(process.execPath, [join(import.meta.dirname, `${writer}.ts`), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const acknowledged = new Map<string, number>();
  const watched = new Map<number, string>();
  const first = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', line => {
    const [what, key = '', revision] = line.split(' ');
    if (what === 'acknowledged') acknowledged.set(key, Number(revision));
    else watched.set(Number(revision), key);
    first.resolve();
  });
  try {
    await Promise.race([first.promise, closed.then(() => Promise.reject(new Error(`${writer} ended before it promised anything`)))]);
    await sleep(runMs);
    // Only what was heard before the cut began counts.
    const promised = { acknowledged: new Map(acknowledged), watched: new Map(watched) };
    await disk.cut();
    return promised;
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
}
