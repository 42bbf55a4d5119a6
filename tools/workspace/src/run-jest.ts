import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JestReport } from './outcome.ts';

const QUIET = '--disable-warning=ExperimentalWarning';
/** What a run gets to clean up after itself before it is killed. */
const GRACE_MS = 60_000;

export interface JestRun {
  /** Of the workspace. */
  readonly root: string;
  readonly args: readonly string[];
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** Runs jest in a process group of its own, which an abort or the limit ends as a whole. Undefined when there is no report. */
export async function runJest({ root, args, limitMs, signal }: JestRun): Promise<JestReport | undefined> {
  const scratch = mkdtempSync(join(tmpdir(), 'steersman-test-'));
  const report = join(scratch, 'report.json');
  try {
    await group(root, ['--json', `--outputFile=${report}`, '--passWithNoTests', ...args], { limitMs, signal });
    return existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as JestReport) : undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function group(root: string, args: readonly string[], { limitMs, signal }: Pick<JestRun, 'limitMs' | 'signal'>): Promise<void> {
  const child = spawn(process.execPath, ['--experimental-vm-modules', QUIET, join(root, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: root,
    detached: true,
    // With --json the report also goes to stdout, where it would bury what a person reads.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: QUIET },
  });
  const kill = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name);
  };
  let last: NodeJS.Timeout | undefined;
  const end = (): void => {
    kill('SIGINT');
    last ??= setTimeout(() => kill('SIGKILL'), GRACE_MS);
  };
  const limit = setTimeout(end, limitMs);
  signal.addEventListener('abort', end);
  try {
    await new Promise<void>((done, fail) => child.once('close', () => done()).once('error', fail));
  } finally {
    clearTimeout(limit);
    clearTimeout(last);
    signal.removeEventListener('abort', end);
  }
}
