import { systemClock } from '@steersman/async';
import { type Logger, silentLogger } from '@steersman/telemetry';
import type { Store } from './store.ts';

const TIME_KEY = '/steersman/compaction';

export interface CompactionOptions {
  readonly store: Store;
  /** How often, and so how old history may be: a revision is forgotten one to two periods after it was replaced. */
  readonly everyMs: number;
  readonly log?: Logger;
  readonly signal: AbortSignal;
}

/** Forgets history period by period. Several may run on one store: a compare-and-swap picks who compacts. Ends when `signal` aborts. */
export async function runCompaction({ store, everyMs, log = silentLogger, signal }: CompactionOptions): Promise<void> {
  let previous = await store.revision();
  while (!signal.aborted) {
    await systemClock.sleep(everyMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const turn = await store.get(TIME_KEY);
      const now = await store.revision();
      const value = Buffer.from(String(now));
      const claim = await store.transact({
        compares: [{ key: TIME_KEY, modRevision: turn?.modRevision ?? 0 }],
        internal: [{ key: TIME_KEY, value }],
      });
      if (claim.committed) await store.compact(previous);
      previous = now;
    } catch (err) {
      if (!signal.aborted) log.warn('compaction failed, trying again later', { err });
    }
  }
}
