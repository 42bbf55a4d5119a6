import { addAbortListener } from 'node:events';
import type { Clock } from '@steersman/async';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** Time that moves only by `advance`. */
export class FakeClock implements Clock {
  readonly #start: number;
  readonly #sleepers = new Set<Sleeper>();
  #now = 0;

  constructor(start = '2026-01-01T00:00:00Z') {
    this.#start = Date.parse(start);
  }

  /** Waits that `advance` would end. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  now(): number {
    return this.#now;
  }

  wall(): Date {
    return new Date(this.#start + this.#now);
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortError(signal));
        return;
      }
      const sleeper: Sleeper = {
        until: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          listener[Symbol.dispose]();
          resolve();
        },
      };
      const listener = addAbortListener(signal, () => {
        this.#sleepers.delete(sleeper);
        reject(abortError(signal));
      });
      this.#sleepers.add(sleeper);
    });
  }

  /** Ends every wait that is due, in order, letting what it sets off run in between. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settled(); // what is about to wait counts from before
    for (;;) {
      const [next] = [...this.#sleepers].filter(sleeper => sleeper.until <= target).sort((a, b) => a.until - b.until);
      if (!next) break;
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      await settled();
    }
    this.#now = target;
    await settled();
  }
}

const abortError = (signal: AbortSignal): Error =>
  new DOMException('This operation was aborted', { name: 'AbortError', cause: signal.reason });

/** Resolves when what is already under way in this process has run as far as it gets without a timer or a socket. */
export async function settled(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve));
}

/** Resolves with what `check` returns once it neither throws nor returns undefined; throws its last error after `turns`. */
export async function eventually<T>(check: () => T | undefined, turns = 500): Promise<T> {
  let last: unknown = new Error('the condition never held');
  for (let turn = 0; turn < turns; turn++) {
    try {
      const value = check();
      if (value !== undefined) return value;
    } catch (err) {
      last = err;
    }
    await new Promise(resolve => setImmediate(resolve));
  }
  throw last;
}
