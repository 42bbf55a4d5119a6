import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { type Outcome, outcomeOf, summary } from './outcome.ts';
import { fetchPeers, peersDirectory } from './peers.ts';
import { runJest } from './run-jest.ts';
import { type Needs, skipReason } from './skip-reason.ts';

interface Phase extends Needs {
  readonly name: string;
  readonly about: string;
  readonly args: readonly string[];
  readonly limitMs: number;
  /** Needs the programs that judge us. */
  readonly judged?: boolean;
}

const MINUTE_MS = 60_000;

const PHASES: readonly Phase[] = [
  {
    name: 'unit',
    about: 'each part by itself, without the outside',
    args: ['--testPathIgnorePatterns', '/node_modules/', '\\.it\\.test\\.ts$', '\\.e2e\\.test\\.ts$'],
    limitMs: 8 * MINUTE_MS,
  },
  {
    name: 'integration',
    about: 'parts against real servers and containers',
    args: ['--testMatch', '**/*.it.test.ts', '--runInBand'],
    limitMs: 8 * MINUTE_MS,
    root: true,
  },
  {
    name: 'e2e',
    about: 'a real cluster, judged by kubectl',
    args: ['--testMatch', '**/*.e2e.test.ts', '--runInBand', '--testTimeout=120000'],
    limitMs: 27 * MINUTE_MS,
    root: true,
    judged: true,
  },
];

const root = resolve(import.meta.dirname, '../../..');
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

// `npm test -- e2e crash` runs one phase, and of it the files with `crash` in their path.
const args = process.argv.slice(2);
const only = PHASES.filter(({ name }) => name === args[0]);
const patterns = only.length > 0 ? args.slice(1) : args;

const missing = execFileSync('sh', [resolve(import.meta.dirname, '../packages.sh'), '--missing'], { encoding: 'utf8' });
const machine = { isRoot: process.getuid?.() === 0, missing: missing.split('\n').filter(name => name !== '') };

const outcomes: Outcome[] = [];
for (const phase of only.length > 0 ? only : PHASES) {
  if (stop.signal.aborted) break;
  const reason = skipReason(phase.name, phase, machine);
  if (reason !== undefined) {
    console.log(`\n== ${phase.name}: SKIPPED: ${reason}`);
    // A machine that checks for others must not be content with half.
    if (process.env['CI'] === 'true') outcomes.push({ passed: 0, failed: [`${phase.name}: skipped`] });
    continue;
  }
  console.log(`\n== ${phase.name}: ${phase.about}`);
  outcomes.push(await run(phase));
}
if (stop.signal.aborted) outcomes.push({ passed: 0, failed: ['the run was interrupted'] });
console.log('');
for (const line of summary(outcomes)) console.log(line);
process.exitCode = outcomes.every(({ failed }) => failed.length === 0) ? 0 : 1;

async function run({ name, args: own, limitMs, judged }: Phase): Promise<Outcome> {
  try {
    if (judged) fetchPeers(peersDirectory(process.env), console.log);
    const picked = patterns.length > 0 ? ['--testPathPatterns', ...patterns] : [];
    return outcomeOf(name, await runJest({ root, args: [...own, ...picked], limitMs, signal: stop.signal }), root);
  } catch (err) {
    return { passed: 0, failed: [`${name}: ${(err as Error).message}`] };
  }
}
