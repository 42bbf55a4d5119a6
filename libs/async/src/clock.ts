import { setTimeout as sleepFor } from 'node:timers/promises';

/** Time as a dependency. Durations are measured with `now`, which never jumps; `wall` is for API fields only. */
export interface Clock {
  /** Milliseconds on the monotonic clock. */
  now(): number;
  wall(): Date;
  /** Rejects with an AbortError when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => new Date(),
  sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
};
