import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { isAbortError, systemClock } from '@steersman/async';
import { ConfigError } from '@steersman/config';
import { Registry } from './cluster/state.ts';
import type { Context } from './command/context.ts';
import { terminalOut } from './command/out.ts';
import { runCommand } from './command/run-command.ts';
import { createSteps } from './command/steps.ts';
import { UserError } from './command/user-error.ts';

const EXIT_USAGE = 64;
const EXIT_INTERRUPTED = 130;

const stop = new AbortController();
process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
const out = terminalOut(process);

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question, { signal: stop.signal });
  } finally {
    lines.close();
  }
}

const context: Context = {
  root: resolve(import.meta.dirname, '../../..'),
  out,
  steps: createSteps({ ...out, raw: text => void process.stdout.write(text) }, systemClock),
  clock: systemClock,
  env: process.env,
  registry: new Registry(),
  signal: stop.signal,
  ask: process.stdin.isTTY && process.stdout.isTTY ? ask : undefined,
};

try {
  await runCommand(process.argv.slice(2), context);
} catch (err) {
  process.exitCode = complain(err);
}

/** In plain words; a stack is for our own faults, and only when asked for. */
function complain(err: unknown): number {
  if (stop.signal.aborted && isAbortError(err)) {
    out.tell('\nInterrupted. What was started goes on: see `steersman status`, or stop it with `steersman down`.');
    return EXIT_INTERRUPTED;
  }
  const { message } = err as Error;
  out.tell(`${out.paint('red', 'steersman:')} ${message}`);
  if (err instanceof ConfigError) return EXIT_USAGE;
  if (err instanceof UserError) {
    if (err.hint !== undefined) out.tell(`  ${err.hint}`);
    return err.exitCode;
  }
  out.tell(
    process.env['STEERSMAN_DEBUG'] ? String((err as Error).stack) : '  this should not happen; STEERSMAN_DEBUG=1 shows where it did',
  );
  return 1;
}
