import { addAbortListener } from 'node:events';
import type { Clock } from '@steersman/async';

/** Timers take no more than 2^31 ms. */
const LONGEST_WAIT_MS = 3_600_000;

/** Keys that wait for work, each once. */
export class ChangedKeys<K> {
  readonly #clock: Clock;
  #keys = new Set<K>();
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(key: K): void {
    this.#keys.add(key);
    this.#wake?.();
  }

  /** All there are, at once if there are any; else after `forMs`, a key or the abort. */
  async take(forMs: number, signal: AbortSignal): Promise<ReadonlySet<K>> {
    if (this.#keys.size === 0 && !signal.aborted) {
      const stop = new AbortController();
      this.#wake = () => stop.abort();
      using _ = addAbortListener(signal, this.#wake);
      await this.#clock.sleep(Math.min(forMs, LONGEST_WAIT_MS), stop.signal).catch(() => {}); // ends early for a key or the abort
      this.#wake = undefined;
    }
    const keys = this.#keys;
    this.#keys = new Set();
    return keys;
  }
}
