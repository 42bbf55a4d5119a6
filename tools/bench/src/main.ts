import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark, Measurement } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { controlSpeed } from './control.ts';
import { appendHistory, fallOf, type HistoryRow, isFall, readHistory } from './history.ts';
import { median, shown } from './statistics.ts';

const HISTORY = join(import.meta.dirname, '../../../docs/bench-history.jsonl');
const RED = '\u001b[31m';
const PLAIN = '\u001b[0m';

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    history: { type: 'string', default: HISTORY },
    list: { type: 'boolean', default: false },
  },
});

const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`;
const unknown = names.filter(name => !BENCHMARKS.some(benchmark => benchmark.name === name));

if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}; there are: ${BENCHMARKS.map(({ name }) => name).join(', ')}`);
  process.exitCode = 64;
} else if (names.length === 0 || options.list) {
  for (const { name, about } of BENCHMARKS) console.log(`${name.padEnd(22)} ${about}`);
} else {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  console.log(`${machine}\n${command}\n`);
  for (const name of names) {
    const benchmark = BENCHMARKS.find(found => found.name === name);
    if (benchmark) await runAll(benchmark, Number(options.runs), stop.signal);
  }
}

async function runAll(benchmark: Benchmark, runs: number, signal: AbortSignal): Promise<void> {
  const history = options.history === '' ? [] : readHistory(options.history);
  const controls: number[] = [];
  const results: (readonly Measurement[])[] = [];
  for (let run = 0; run < runs; run++) {
    controls.push(controlSpeed());
    results.push(await runOnce(benchmark, signal));
  }
  const rows = (results[0] ?? []).map(({ name, unit, better }): HistoryRow => {
    const values = results.map(result => result.find(found => found.name === name)?.value ?? 0);
    return { ...about(benchmark), name, unit, better, median: median(values), values, control: median(controls) };
  });
  for (const row of rows) console.log(line(row, results[0]?.find(({ name }) => name === row.name)?.target, fallOf(row, history)));
  if (options.history !== '') appendHistory(options.history, rows);
}

async function runOnce(benchmark: Benchmark, signal: AbortSignal): Promise<readonly Measurement[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'steersman-bench-'));
  try {
    return await benchmark.run({ scratch, signal, tell: text => console.error(`  ${benchmark.name}: ${text}`) });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function about({ name }: Benchmark): Pick<HistoryRow, 'time' | 'commit' | 'machine' | 'command' | 'benchmark'> {
  return {
    time: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
    machine,
    command,
    benchmark: name,
  };
}

function line(
  { benchmark, name, unit, better, median: found, values }: HistoryRow,
  target: number | undefined,
  fall: number | undefined,
): string {
  const reached = target === undefined ? '' : (better === 'higher' ? found >= target : found <= target) ? 'reached' : 'missed';
  const goal = target === undefined ? '' : `target ${better === 'higher' ? '>=' : '<='} ${shown(target)} ${reached}`;
  const change = fall === undefined ? '' : `${fall > 0 ? '-' : '+'}${Math.abs(Math.round(fall * 100))} %`;
  const text = [
    `${benchmark}/${name}`.padEnd(40),
    `${shown(found)} ${unit}`.padEnd(18),
    `(${values.map(shown).join(' ')})`.padEnd(44),
    goal.padEnd(32),
    change,
  ]
    .join(' ')
    .trimEnd();
  return isFall(fall) ? `${RED}${text}${PLAIN}` : text;
}
