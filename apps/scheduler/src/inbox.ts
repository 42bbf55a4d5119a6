import { addAbortListener } from 'node:events';
import type { Clock } from '@steersman/async';

/** Timers take no more than 2^31 ms. */
const LONGEST_WAIT_MS = 3_600_000;

/** What has happened since it was emptied last. Bounded by what its producers keep: an informer's changes of its own objects. */
export class Inbox<T> {
  readonly #clock: Clock;
  #items: T[] = [];
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** Everything there is, at once if there is anything; else after `untilMs` on the monotonic clock, an item or the abort. */
  async take(untilMs: number | undefined, signal: AbortSignal): Promise<readonly T[]> {
    const forMs = Math.min(LONGEST_WAIT_MS, (untilMs ?? Infinity) - this.#clock.now());
    if (this.#items.length === 0 && forMs > 0 && !signal.aborted) {
      const stop = new AbortController();
      this.#wake = () => stop.abort();
      using _ = addAbortListener(signal, this.#wake);
      await this.#clock.sleep(forMs, stop.signal).catch(() => {}); // ends early for an item or the abort
      this.#wake = undefined;
    }
    const items = this.#items;
    this.#items = [];
    return items;
  }
}
