import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LIMIT_MS = 30_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface RunOptions {
  readonly signal: AbortSignal;
  /** What it could not do is no error; what it said up to then is returned. */
  readonly mayFail?: boolean;
  readonly limitMs?: number;
}

/** What a program says on standard output. */
export async function run(
  command: string,
  args: readonly string[],
  { signal, mayFail = false, limitMs = LIMIT_MS }: RunOptions,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { signal, timeout: limitMs, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout;
  } catch (err) {
    signal.throwIfAborted();
    if (!mayFail) throw err;
    return (err as { stdout?: string }).stdout ?? '';
  }
}
