export interface LocalTime {
  readonly month: number;
  readonly day: number;
  /** Sunday is 0. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks in the zone show; without one, what the machine's own do. Throws a RangeError for a zone nobody knows. */
export function localTime(ms: number, timeZone: string | undefined): LocalTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  return { month, day, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(), hour: part('hour'), minute: part('minute') };
}

/** Making a format is slow, using it is not. */
function formatOf(timeZone = ''): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    ...(timeZone !== '' && { timeZone }),
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(timeZone, made);
  return made;
}

export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false; // the only fault a format can have here
  }
}
