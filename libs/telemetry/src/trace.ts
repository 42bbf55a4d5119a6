import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** W3C trace context (https://www.w3.org/TR/trace-context/): what ties one user's call to everything it set in motion. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;
const ZERO_TRACE = '0'.repeat(32);
const ZERO_SPAN = '0'.repeat(16);

const current = new AsyncLocalStorage<TraceContext>();

export const currentTrace = (): TraceContext | undefined => current.getStore();

/** Runs `work`, and everything it awaits, inside `trace`; without a trace it just runs. */
export const withTrace = <T>(trace: TraceContext | undefined, work: () => T): T => (trace ? current.run(trace, work) : work());

export const newTrace = (): TraceContext => ({ traceId: randomHex(16), spanId: randomHex(8), sampled: true });

/** Asking the system for random bytes costs much more than using them, so they are fetched by the thousand. */
const POOL_BYTES = 4_096;
const random = { pool: '', at: 0 };

function randomHex(bytes: number): string {
  const digits = bytes * 2;
  if (random.at + digits > random.pool.length) {
    random.pool = randomBytes(POOL_BYTES).toString('hex');
    random.at = 0;
  }
  const text = random.pool.slice(random.at, random.at + digits);
  random.at += digits;
  return text;
}

/** Undefined for a header that is absent or malformed: the specification wants those ignored. */
export function parseTraceparent(header: string | undefined): TraceContext | undefined {
  const [, version, traceId, spanId, flags] = HEADER.exec(header ?? '') ?? [];
  if (!traceId || !spanId || !flags || version === 'ff' || traceId === ZERO_TRACE || spanId === ZERO_SPAN) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export const formatTraceparent = ({ traceId, spanId, sampled }: TraceContext): string => `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
