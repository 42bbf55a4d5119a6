import type { CronSchedule } from '@steersman/types';

const HOUR_MS = 3_600_000;
/** Looked back in, one after another, so that a schedule of minutes is not walked through for a year. */
const WINDOWS_MS = [HOUR_MS, 24 * HOUR_MS, 31 * 24 * HOUR_MS, 5 * 366 * 24 * HOUR_MS];
/** More missed times than this are worth a warning. */
const MANY = 100;

export interface DueTime {
  /** The last time that has come up. */
  readonly at: Date;
  /** Many others have come up unseen: clocks are wrong, or nobody was there for long. */
  readonly isFarBehind: boolean;
}

/** What is due of the times after `since` up to `now`: of several the last only. */
export function dueTime(schedule: CronSchedule, { since, now }: { readonly since: Date; readonly now: Date }): DueTime | undefined {
  for (const windowMs of WINDOWS_MS) {
    const start = new Date(Math.max(since.getTime(), now.getTime() - windowMs));
    const at = lastUpTo(schedule, start, now);
    if (at) return { at, isFarBehind: countUpTo(schedule, since, now) > MANY };
    if (start.getTime() === since.getTime()) return undefined;
  }
  return undefined;
}

function lastUpTo(schedule: CronSchedule, start: Date, now: Date): Date | undefined {
  let last: Date | undefined;
  for (let at = schedule.next(start); at && at <= now; at = schedule.next(at)) last = at;
  return last;
}

/** No further than it matters. */
function countUpTo(schedule: CronSchedule, start: Date, now: Date): number {
  let count = 0;
  for (let at = schedule.next(start); at && at <= now && count <= MANY; at = schedule.next(at)) count++;
  return count;
}
