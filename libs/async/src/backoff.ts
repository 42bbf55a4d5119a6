import { type Clock, systemClock } from './clock.ts';

export interface BackoffOptions {
  readonly firstMs?: number;
  readonly factor?: number;
  readonly maxMs?: number;
  /** Share of the delay that is random, 0 to 1: keeps many clients from retrying in step. */
  readonly jitter?: number;
  readonly random?: () => number;
}

/** The delay before try number `failed + 1`: exponential, capped, with jitter. `failed` counts from 1. */
export function backoffMs(
  failed: number,
  { firstMs = 10, factor = 2, maxMs = 300_000, jitter = 0.2, random = Math.random }: BackoffOptions = {},
): number {
  const full = Math.min(firstMs * factor ** (failed - 1), maxMs);
  return full * (1 - jitter + jitter * random());
}

export interface RetryOptions extends BackoffOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Errors for which another try is pointless; the default retries everything. */
  readonly retryable?: (err: unknown) => boolean;
  readonly onRetry?: (err: unknown, failed: number) => void;
}

/** Runs `attempt` until it succeeds, the error is final, or `signal` aborts (then the last error, or the abort, is thrown). */
export async function retry<T>(attempt: (signal: AbortSignal) => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, clock = systemClock, retryable = () => true, onRetry } = options;
  for (let failed = 1; ; failed++) {
    signal.throwIfAborted();
    try {
      return await attempt(signal);
    } catch (err) {
      if (signal.aborted || !retryable(err)) throw err;
      onRetry?.(err, failed);
      await clock.sleep(backoffMs(failed, options), signal);
    }
  }
}
