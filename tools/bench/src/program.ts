import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { BenchContext } from './benchmark.ts';

const APPS = resolve(import.meta.dirname, '../../../apps');

/** One of our programs, as a process of its own. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Seconds of CPU it has used so far. */
  cpuSeconds(): number;
  /** Bytes of memory it holds now. */
  residentBytes(): number;
}

export interface ProgramOptions<Facts> {
  /** Folder in apps. */
  readonly app: string;
  readonly flags: readonly string[];
  readonly scratch: BenchContext['scratch'];
  /** What its log says once it serves; undefined for every line before. */
  readonly factsIn: (line: LogLine) => Facts | undefined;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly message: string };

/** Resolves when it is ready. STEERSMAN_BENCH_NODE_ARGS goes to its Node, --cpu-prof for example. */
export async function startProgram<Facts>({
  app,
  flags,
  scratch,
  factsIn,
}: ProgramOptions<Facts>): Promise<{ program: Program; facts: Facts }> {
  const nodeArgs = (process.env['STEERSMAN_BENCH_NODE_ARGS'] ?? '').split(' ').filter(arg => arg !== '');
  const child = spawn(process.execPath, [...nodeArgs, join(APPS, app, 'src/main.ts'), ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const logPath = join(scratch, `${app}.log`);
  const logFile = createWriteStream(logPath);
  const facts = await new Promise<Facts>((ready, fail) => {
    createInterface({ input: child.stderr }).on('line', line => {
      logFile.write(`${line}\n`);
      const found = line.startsWith('{') ? factsIn(JSON.parse(line) as LogLine) : undefined;
      if (found !== undefined) ready(found);
    });
    void ended.then(([code]) => fail(new Error(`${app} ended with ${String(code)}:\n${readFileSync(logPath, 'utf8')}`)));
  });
  const pid = child.pid ?? 0;
  return {
    facts,
    program: {
      pid,
      cpuSeconds: () => cpuSecondsOf(pid),
      residentBytes: () => residentBytesOf(pid),
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGTERM');
        await ended;
        logFile.end();
      },
    },
  };
}

/** Fields 14 and 15 of proc(5) stat, in ticks of 10 ms. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentBytesOf(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
