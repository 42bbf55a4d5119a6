import type { Clock } from '@steersman/async';
import type { Key } from '@steersman/types';

/** Timers take no more than 2^31 ms. */
const LONGEST_WAIT_MS = 3_600_000;

/** Keys to hand out later; of two times for one key the earlier counts. One wait at a time, however many keys. */
export class DelayedKeys {
  readonly #due = new Map<Key, number>();
  readonly #clock: Clock;
  readonly #ready: (key: Key) => void;
  #wake: AbortController | undefined;
  /** When the present wait ends. */
  #next = 0;

  constructor(clock: Clock, ready: (key: Key) => void) {
    this.#clock = clock;
    this.#ready = ready;
  }

  add(key: Key, ms: number): void {
    const at = this.#clock.now() + ms;
    if ((this.#due.get(key) ?? Infinity) <= at) return;
    this.#due.set(key, at);
    if (at < this.#next) this.#wake?.abort();
  }

  /** Hands keys out until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#wake?.abort();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        this.#handOut();
        this.#wake = new AbortController();
        this.#next = this.#earliest();
        await this.#clock.sleep(Math.max(1, this.#next - this.#clock.now()), this.#wake.signal).catch(() => {}); // woken for an earlier key
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #earliest(): number {
    let earliest = this.#clock.now() + LONGEST_WAIT_MS;
    for (const at of this.#due.values()) earliest = Math.min(earliest, at);
    return earliest;
  }

  #handOut(): void {
    const now = this.#clock.now();
    for (const [key, at] of this.#due) {
      if (at > now) continue;
      this.#due.delete(key);
      this.#ready(key);
    }
  }
}
