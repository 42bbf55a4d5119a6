import { StatusError } from '@steersman/status';

export type LogStream = 'All' | 'Stdout' | 'Stderr';

/** Of core/v1 PodLogOptions, what concerns one container's log. */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** Nanoseconds since 1970; older lines are left out. */
  readonly since?: bigint;
  /** The last lines of the file, before any filter. */
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly stream: LogStream;
}

const NANOS_PER_MS = 1_000_000n;

export function logOptions(query: URLSearchParams, now: Date): LogOptions {
  const flag = (name: string): boolean => ['true', '1', 'True', 'TRUE', 't', 'T'].includes(query.get(name) ?? '');
  const tailLines = count(query, 'tailLines', 0);
  const limitBytes = count(query, 'limitBytes', 1);
  const since = sinceOf(query, now);
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    stream: streamOf(query.get('stream') ?? 'All'),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(since !== undefined && { since }),
  };
}

function count(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw new StatusError('BadRequest', `${name}: ${JSON.stringify(text)} is not a whole number`);
  if (value < least) throw new StatusError('Invalid', `${name}: Invalid value: ${value}: must be greater than or equal to ${least}`);
  return value;
}

function sinceOf(query: URLSearchParams, now: Date): bigint | undefined {
  const seconds = count(query, 'sinceSeconds', 1);
  const time = query.get('sinceTime') ?? '';
  if (seconds !== undefined && time !== '') {
    throw new StatusError('Invalid', 'sinceSeconds and sinceTime: Forbidden: at most one of the two may be specified');
  }
  if (seconds !== undefined) return BigInt(now.getTime() - seconds * 1_000) * NANOS_PER_MS;
  if (time === '') return undefined;
  const nanos = parseTimestamp(time);
  if (nanos === undefined) throw new StatusError('BadRequest', `sinceTime: ${JSON.stringify(time)} is not a time as of RFC 3339`);
  return nanos;
}

function streamOf(text: string): LogStream {
  if (text === 'All' || text === 'Stdout' || text === 'Stderr') return text;
  throw new StatusError('Invalid', `stream: Unsupported value: ${JSON.stringify(text)}: supported values: "All", "Stderr", "Stdout"`);
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;

/** Nanoseconds since 1970, as runtimes write them: with the zone of the node, and as many digits as there are. */
export function parseTimestamp(text: string): bigint | undefined {
  const [, seconds, fraction = '', zone] = RFC3339.exec(text) ?? [];
  if (seconds === undefined || zone === undefined) return undefined;
  const ms = Date.parse(seconds + zone);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * NANOS_PER_MS + BigInt(fraction.padEnd(9, '0'));
}
