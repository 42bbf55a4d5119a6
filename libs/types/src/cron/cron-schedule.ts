import { localTime, type LocalTime } from './local-time.ts';
import { parseField, type FieldSet } from './cron-field.ts';

/** When a schedule comes up, after robfig/cron, which upstream uses. */
export interface CronSchedule {
  /** The first time after `after`; undefined when there is none in five years (30 February). */
  next(after: Date): Date | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const HORIZON_MS = 5 * 366 * DAY_MS;

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Throws an Error in robfig's words. Without a time zone the machine's own counts. */
export function parseCron(text: string, timeZone?: string): CronSchedule {
  if (text === '') throw new Error('empty spec string');
  if (text.startsWith('@every ')) return every(parseDuration(text.slice('@every '.length)));
  const spec = text.startsWith('@') ? DESCRIPTORS[text] : text;
  if (spec === undefined) throw new Error(`unrecognized descriptor: ${text}`);
  const fields = spec.trim().split(/\s+/);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  if (fields.length !== 5) throw new Error(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const sets = {
    minute: parseField(minute, { min: 0, max: 59 }),
    hour: parseField(hour, { min: 0, max: 23 }),
    day: parseField(day, { min: 1, max: 31 }),
    month: parseField(month, { min: 1, max: 12, names: MONTHS, firstName: 1 }),
    weekday: parseField(weekday, { min: 0, max: 6, names: DAYS, firstName: 0 }),
  };
  return { next: after => nextTime(sets, after, timeZone) };
}

interface FieldSets {
  readonly minute: FieldSet;
  readonly hour: FieldSet;
  readonly day: FieldSet;
  readonly month: FieldSet;
  readonly weekday: FieldSet;
}

/** Steps by days, hours and minutes of the zone: hours that summer time leaves out never come up, those it repeats do twice. */
function nextTime(sets: FieldSets, after: Date, timeZone: string | undefined): Date | undefined {
  let at = Math.floor(after.getTime() / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const end = at + HORIZON_MS;
  while (at < end) {
    const local = localTime(at, timeZone);
    if (!isDay(sets, local)) at = nextDay(at, local, timeZone);
    else if (!sets.hour.values.has(local.hour)) at += (60 - local.minute) * MINUTE_MS;
    else if (sets.minute.values.has(local.minute)) return new Date(at);
    else at += MINUTE_MS;
  }
  return undefined;
}

/** When both day fields are restricted, either will do. */
function isDay({ month, day, weekday }: FieldSets, local: LocalTime): boolean {
  if (!month.values.has(local.month)) return false;
  const [byDay, byWeekday] = [day.values.has(local.day), weekday.values.has(local.weekday)];
  return day.isStar || weekday.isStar ? byDay && byWeekday : byDay || byWeekday;
}

/** The first minute of the next local day, which need not be 24 hours after that of this one. */
function nextDay(at: number, { hour, minute }: LocalTime, timeZone: string | undefined): number {
  const guess = at + DAY_MS - hour * HOUR_MS - minute * MINUTE_MS;
  const landed = localTime(guess, timeZone);
  const past = landed.hour * HOUR_MS + landed.minute * MINUTE_MS;
  if (past === 0) return guess;
  if (past > DAY_MS / 2) return guess + DAY_MS - past; // the day has 25 hours
  const earlier = guess - past;
  return localTime(earlier, timeZone).day === landed.day ? earlier : guess; // midnight itself may be left out
}

const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, m: MINUTE_MS, s: 1_000, ms: 1 };

function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new Error(`failed to parse duration @every ${text}: time: invalid duration ${JSON.stringify(text)}`);
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0), 0);
}

/** Whole seconds, at least one. */
function every(ms: number): CronSchedule {
  const step = Math.max(1_000, ms - (ms % 1_000));
  return { next: after => new Date(Math.floor(after.getTime() / 1_000) * 1_000 + step) };
}
