import type { HttpResponse } from './reply.ts';

/** How late a request may be ended: its time is counted in minutes. */
const TICK_MS = 1_000;

/** One request under way. */
export interface RunningRequest extends Disposable {
  /** Aborts when the client is gone or the time is over. */
  readonly signal: AbortSignal;
  /** From now on it may take this long. */
  limit(ms: number): void;
}

interface Timed {
  readonly controller: AbortController;
  readonly endsAt: number;
  readonly ms: number;
}

/** Ends requests when their clients are gone or their time is over. One timer looks after all of them: one each costs more than a small answer. */
export class RunningRequests implements Disposable {
  readonly #timed = new Set<Timed>();
  readonly #ticker = setInterval(() => this.#tick(performance.now()), TICK_MS).unref();

  begin(response: HttpResponse): RunningRequest {
    const controller = new AbortController();
    let timed: Timed | undefined;
    let isDone = false;
    response.once('close', () => {
      if (!isDone) controller.abort(new DOMException('the client is gone', 'AbortError'));
    });
    return {
      signal: controller.signal,
      limit: ms => {
        timed = { controller, ms, endsAt: performance.now() + ms };
        this.#timed.add(timed);
      },
      [Symbol.dispose]: () => {
        isDone = true;
        if (timed) this.#timed.delete(timed);
      },
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticker);
  }

  #tick(now: number): void {
    for (const timed of this.#timed) {
      if (timed.endsAt > now) continue;
      this.#timed.delete(timed);
      timed.controller.abort(new DOMException(`gave up after ${timed.ms} ms`, 'TimeoutError'));
    }
  }
}
