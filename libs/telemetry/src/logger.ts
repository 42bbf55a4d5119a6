import { writeSync } from 'node:fs';
import { currentTrace } from './trace.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';
export type Fields = Readonly<Record<string, unknown>>;

/** error = a human must act, warn = we will retry, info = state changed, debug = the rest. Messages are constant, facts are fields. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: Fields): Logger;
}

export interface LoggerOptions {
  readonly app: string;
  readonly level?: Level;
  /** Where a finished line (with its newline) goes; standard error unless told. */
  readonly write?: (line: string) => void;
  readonly wall?: () => Date;
}

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One JSON object per line: time, level, app, message, trace (when inside one), then the fields. Written at once, so a killed process loses none. */
export function createLogger({ app, level = 'info', write = toStderr, wall = () => new Date() }: LoggerOptions): Logger {
  const log = (bound: Fields): Logger => {
    const at = (lineLevel: Level) => (message: string, fields?: Fields) => {
      if (RANK[lineLevel] < RANK[level]) return;
      const trace = currentTrace()?.traceId;
      write(
        `${JSON.stringify({ time: wall().toISOString(), level: lineLevel, app, message, ...(trace && { trace }), ...bound, ...fields }, plain)}\n`,
      );
    };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: fields => log({ ...bound, ...fields }) };
  };
  return log({});
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger };

const toStderr = (line: string): void => {
  writeSync(2, line);
};

/** Errors become `message` and `stack`; bigints become text; the rest is JSON's. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return { message: value.message, stack: value.stack, ...(value.cause !== undefined && { cause: value.cause }) };
  return typeof value === 'bigint' ? value.toString() : value;
}
