import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '@steersman/async';
import { isAlive, type ProcessId, processId } from '../machine/processes.ts';
import { readJson, writeJson } from './json-file.ts';

const POLL_MS = 50;

/** Held by one process at a time; what a dead one held is free. */
export async function lock(file: string, { clock, signal, onWait }: LockOptions): Promise<Disposable> {
  const own = processId(process.pid);
  if (!own) throw new Error('/proc does not show this process');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  for (let isFirst = true; ; isFirst = false) {
    if (take(file, own)) return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
    const holder = readJson<ProcessId>(file);
    if (!holder || !isAlive(holder)) {
      rmSync(file, { force: true });
      continue;
    }
    if (isFirst) onWait?.(holder.pid);
    await clock.sleep(POLL_MS, signal);
  }
}

export interface LockOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onWait?: (pid: number) => void;
}

/** link(2) fails when the name is there, and the file is whole from its first moment on. */
function take(file: string, own: ProcessId): boolean {
  const mine = `${file}.${own.pid}`;
  writeJson(mine, own);
  try {
    linkSync(mine, file);
    return true;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}
