import { rename, rm, stat } from 'node:fs/promises';
import type { Clock } from '@steersman/async';
import type { Cri } from '@steersman/cri';
import type { Logger } from '@steersman/telemetry';
import { messageOf } from '../start-error.ts';

const PERIOD_MS = 10_000;

export interface RotationDeps {
  readonly cri: Pick<Cri, 'reopenContainerLog'>;
  /** The logs of the containers that run now. */
  readonly logs: () => readonly { readonly containerId: string; readonly path: string }[];
  readonly maxBytes: number;
  /** With the one that is written. */
  readonly maxFiles: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps the log files of containers from growing without bound, until `signal` aborts. */
export async function rotateLogs(deps: RotationDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, logs } = deps;
  while (!signal.aborted) {
    for (const found of logs()) {
      await rotateLog(found, deps).catch((err: unknown) => log.warn('log not rotated', { ...found, message: messageOf(err) }));
    }
    await clock.sleep(PERIOD_MS, signal).catch(() => {}); // the loop ends with the signal
  }
}

/** `0.log` becomes `0.log.1`, that `0.log.2`, and so on; the runtime then opens a new `0.log`. */
export async function rotateLog(
  { containerId, path }: { readonly containerId: string; readonly path: string },
  { cri, maxBytes, maxFiles }: Pick<RotationDeps, 'cri' | 'maxBytes' | 'maxFiles'>,
): Promise<void> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0; // removed with its container
  if (size <= maxBytes) return;
  const old = Array.from({ length: maxFiles - 1 }, (_, at) => `${path}.${at + 1}`);
  await rm(old.at(-1) ?? path, { force: true });
  for (const [at, file] of [...old.entries()].reverse()) {
    await rename(at === 0 ? path : (old[at - 1] ?? path), file).catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'ENOENT') throw err; // fewer than the most so far
    });
  }
  await cri.reopenContainerLog(containerId);
}
