import { backoffMs, type Clock } from '@steersman/async';

/** A failing step is tried again after half a second, then later and later. */
const BACKOFF = { firstMs: 500, factor: 2, maxMs: 10_000, jitter: 0.2 };

export interface TasksDeps {
  readonly clock: Clock;
  /** A task has ended, one way or the other. */
  readonly onEnd: (key: string, err: unknown) => void;
}

interface Rest {
  readonly failed: number;
  readonly untilMs: number;
}

/** Work of one pod that goes on in the background: one task per key, and a rest after each failure. */
export class Tasks {
  readonly #deps: TasksDeps;
  readonly #running = new Map<string, Promise<void>>();
  readonly #rests = new Map<string, Rest>();
  #stop = new AbortController();
  #nowMs = 0;

  constructor(deps: TasksDeps) {
    this.#deps = deps;
  }

  /** Fixes the time by which rests are judged until the next look: one that ends in between would be missed by both questions. */
  look(): void {
    this.#nowMs = this.#deps.clock.now();
  }

  /** Running, or resting after a failure. */
  isBusy(key: string): boolean {
    return this.#running.has(key) || (this.#rests.get(key)?.untilMs ?? 0) > this.#nowMs;
  }

  /** Milliseconds from the last look until the next rest is over. */
  nextInMs(): number | undefined {
    const waits = [...this.#rests.values()].map(({ untilMs }) => untilMs - this.#nowMs).filter(ms => ms > 0);
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  start(key: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (!this.isBusy(key)) this.#running.set(key, this.#run(key, work, this.#stop.signal));
  }

  /** Calls off what is running and waits for it to end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
    this.#stop = new AbortController();
    this.#rests.clear();
  }

  async #run(key: string, work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    let failure: unknown;
    try {
      await work(signal);
      this.#rests.delete(key);
    } catch (err) {
      failure = err;
      const failed = (this.#rests.get(key)?.failed ?? 0) + 1;
      this.#rests.set(key, { failed, untilMs: this.#deps.clock.now() + backoffMs(failed, BACKOFF) });
    }
    this.#running.delete(key);
    this.#deps.onEnd(key, signal.aborted ? undefined : failure);
  }
}
