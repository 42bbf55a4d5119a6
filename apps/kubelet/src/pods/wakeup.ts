import { addAbortListener } from 'node:events';
import type { Clock } from '@steersman/async';

/** Lets one loop sleep until it is called, or until a time: a call while it works makes the next sleep none. */
export class Wakeup {
  readonly #clock: Clock;
  #called = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  call(): void {
    this.#called.resolve();
  }

  /** Until called, or for `ms`; returns when `signal` aborts. */
  async sleep(ms: number | undefined, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const ended = Promise.withResolvers<void>();
    using _ = addAbortListener(signal, () => {
      over.abort();
      ended.resolve();
    });
    const timer = ms === undefined ? ended.promise : this.#clock.sleep(Math.max(ms, 0), over.signal).catch(() => {}); // ends by the abort below
    await Promise.race([this.#called.promise, timer, ended.promise]);
    over.abort();
    this.#called = Promise.withResolvers<void>();
  }
}
