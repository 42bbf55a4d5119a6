const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Two digits or so, as ages stand in `kubectl get`: 45s, 5m10s, 3h, 2d4h, 400d. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 2 * MINUTE) return `${Math.max(0, seconds)}s`;
  if (seconds < 10 * MINUTE) return pair(seconds, { big: MINUTE, bigUnit: 'm', small: 1, smallUnit: 's' });
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return pair(seconds, { big: HOUR, bigUnit: 'h', small: MINUTE, smallUnit: 'm' });
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return pair(seconds, { big: DAY, bigUnit: 'd', small: HOUR, smallUnit: 'h' });
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  if (seconds < 8 * YEAR) return pair(seconds, { big: YEAR, bigUnit: 'y', small: DAY, smallUnit: 'd' });
  return `${Math.floor(seconds / YEAR)}y`;
}

interface Units {
  readonly big: number;
  readonly bigUnit: string;
  readonly small: number;
  readonly smallUnit: string;
}

function pair(seconds: number, { big, bigUnit, small, smallUnit }: Units): string {
  const rest = Math.floor((seconds % big) / small);
  return `${Math.floor(seconds / big)}${bigUnit}${rest > 0 ? `${rest}${smallUnit}` : ''}`;
}

/** Time since an RFC 3339 time; `<unknown>` when there is none. */
export const age = (since: string | undefined, now: Date): string =>
  since ? humanDuration(now.getTime() - Date.parse(since)) : '<unknown>';
