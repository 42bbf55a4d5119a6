import { backoffMs, type Clock } from '@steersman/async';

const BACKOFF = { firstMs: 1_000, factor: 2, maxMs: 900_000, jitter: 0 };
/** A daemon that has run this long starts from nothing again. */
const FORGET_MS = 2 * BACKOFF.maxMs;

/** How long to wait before a daemon that keeps ending on a node is replaced again. */
export class EndedPods {
  readonly #clock: Clock;
  readonly #seen = new Map<string, { readonly times: number; readonly lastMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 when a pod that ended here may be replaced now, which then counts as one more time; else how long it has to wait. */
  replaceInMs(place: string): number {
    const now = this.#clock.now();
    const known = this.#seen.get(place);
    const seen = known && now - known.lastMs < FORGET_MS ? known : undefined;
    const waitMs = seen ? seen.lastMs + backoffMs(seen.times, BACKOFF) - now : 0;
    if (waitMs > 0) return waitMs;
    this.#seen.set(place, { times: (seen?.times ?? 0) + 1, lastMs: now });
    return 0;
  }
}
