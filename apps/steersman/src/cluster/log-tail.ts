import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 64 * 1024;

/** The last lines of a file, whatever its size. */
export function tailOf(file: string, lines: number): readonly string[] {
  if (!existsSync(file)) return [];
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').split('\n').filter(Boolean).slice(-lines);
  } finally {
    closeSync(handle);
  }
}

/** A JSON log line as a person reads it; other lines as they are. */
export function readable(line: string): string {
  try {
    const { time, level, message, err, ...facts } = JSON.parse(line) as Record<string, unknown>;
    delete facts['app'];
    const fault = typeof err === 'object' && err !== null && 'message' in err ? ` (${String(err.message)})` : '';
    const rest = Object.entries(facts).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    return `${String(time).slice(11, 23)} ${String(level)} ${String(message)}${fault}${rest.join('')}`;
  } catch {
    return line;
  }
}
