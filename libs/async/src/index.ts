export { aborted, deadline, isAbortError, untilAborted } from './abort.ts';
export { backoffMs, retry } from './backoff.ts';
export type { BackoffOptions, RetryOptions } from './backoff.ts';
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { KeyedLock } from './keyed-lock.ts';
export { Slots } from './slots.ts';
export { WorkQueue } from './work-queue.ts';
