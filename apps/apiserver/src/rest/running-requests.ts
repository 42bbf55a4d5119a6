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

class Running implements RunningRequest {
  readonly #timed: Set<Running>;
  #controller: AbortController | undefined;
  #reason: DOMException | undefined;
  #isDone = false;
  #ms = 0;
  #endsAt = 0;

  constructor(response: HttpResponse, timed: Set<Running>) {
    this.#timed = timed;
    response.once('close', () => {
      if (!this.#isDone) this.#abort(new DOMException('the client is gone', 'AbortError'));
    });
  }

  /** Made when it is first asked for: it costs more than the answer to a get. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  limit(ms: number): void {
    this.#ms = ms;
    this.#endsAt = performance.now() + ms;
    this.#timed.add(this);
  }

  endIfLate(now: number): void {
    if (this.#endsAt > now) return;
    this.#timed.delete(this);
    this.#abort(new DOMException(`gave up after ${this.#ms} ms`, 'TimeoutError'));
  }

  [Symbol.dispose](): void {
    this.#isDone = true;
    this.#timed.delete(this);
  }

  #abort(reason: DOMException): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }
}

/** Ends requests when their clients are gone or their time is over. One timer looks after all of them: one each costs more than a small answer. */
export class RunningRequests implements Disposable {
  readonly #timed = new Set<Running>();
  readonly #ticker = setInterval(() => this.#tick(performance.now()), TICK_MS).unref();

  begin(response: HttpResponse): RunningRequest {
    return new Running(response, this.#timed);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticker);
  }

  #tick(now: number): void {
    for (const request of this.#timed) request.endIfLate(now);
  }
}
