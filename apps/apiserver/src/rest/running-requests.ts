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
  readonly abort: (reason: DOMException) => void;
  readonly endsAt: number;
  readonly ms: number;
}

/** Ends requests when their clients are gone or their time is over. One timer looks after all of them: one each costs more than a small answer. */
export class RunningRequests implements Disposable {
  readonly #timed = new Set<Timed>();
  readonly #ticker = setInterval(() => this.#tick(performance.now()), TICK_MS).unref();

  begin(response: HttpResponse): RunningRequest {
    let controller: AbortController | undefined;
    let reason: DOMException | undefined;
    let timed: Timed | undefined;
    let isDone = false;
    const abort = (why: DOMException): void => {
      reason ??= why;
      controller?.abort(reason);
    };
    response.once('close', () => {
      if (!isDone) abort(new DOMException('the client is gone', 'AbortError'));
    });
    return {
      // Made when it is first asked for: it costs more than the answer to a get.
      get signal() {
        controller ??= new AbortController();
        if (reason) controller.abort(reason);
        return controller.signal;
      },
      limit: ms => {
        timed = { abort, ms, endsAt: performance.now() + ms };
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
      timed.abort(new DOMException(`gave up after ${timed.ms} ms`, 'TimeoutError'));
    }
  }
}
