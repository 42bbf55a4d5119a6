import type { Clock } from '@steersman/async';
import { isAlive, type ProcessId, signalProcess } from '../machine/processes.ts';

const POLL_MS = 20;

export interface EndOptions {
  /** Between SIGTERM and SIGKILL; 0 kills at once. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Ends what `find` gives until it gives nothing more: processes may start others meanwhile. */
export async function endAll(find: () => readonly ProcessId[], { graceMs, clock, signal }: EndOptions): Promise<void> {
  const deadline = clock.now() + graceMs;
  const asked = new Set<string>();
  for (;;) {
    const left = find().filter(isAlive);
    if (left.length === 0) return;
    for (const target of left) {
      const key = `${target.pid}:${target.startTime}`;
      if (clock.now() >= deadline) signalProcess(target, 'SIGKILL');
      else if (!asked.has(key)) signalProcess(target, 'SIGTERM');
      asked.add(key);
    }
    await clock.sleep(POLL_MS, signal);
  }
}
