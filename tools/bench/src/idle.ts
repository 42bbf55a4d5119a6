import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, BenchContext, Measurement } from './benchmark.ts';
import { Cluster } from './cluster.ts';
import { cpuSecondsOf } from './program.ts';

const SETTLE_MS = 20_000;
const SPAN_MS = 30_000;
/** Programs of others. */
const OTHERS: readonly string[] = ['containerd', 'nats'];
const MEGABYTE = 1024 * 1024;

export const idle: Benchmark = {
  name: 'idle',
  about: `a cluster without a pod of a user: CPU of all our processes over ${SPAN_MS / 1_000} s, and their memory`,
  async run(context) {
    return [
      ...(await measure(context, { label: '', flags: [], targets: { cpu: 2, memory: 400 } })),
      ...(await measure(context, { label: 'all-in-one ', flags: ['--all-in-one'], targets: { cpu: 2, memory: 200 } })),
    ];
  },
};

interface Setting {
  readonly label: string;
  readonly flags: readonly string[];
  readonly targets: { readonly cpu: number; readonly memory: number };
}

async function measure(context: BenchContext, { label, flags, targets }: Setting): Promise<readonly Measurement[]> {
  await using cluster = new Cluster(context);
  await cluster.run('up', '--yes', ...flags);
  await sleep(SETTLE_MS, undefined, { signal: context.signal });
  const before = cpuOf(await ownProcesses(cluster));
  const began = performance.now();
  await sleep(SPAN_MS, undefined, { signal: context.signal });
  const own = await ownProcesses(cluster);
  const spanSeconds = (performance.now() - began) / 1_000;
  const used = [...cpuOf(own)].map(([name, seconds]) => ({ name, share: ((seconds - (before.get(name) ?? 0)) * 100) / spanSeconds }));
  context.tell(`${label}${used.map(({ name, share }) => `${name} ${share.toFixed(2)} %`).join(', ')}`);
  const cpu = used.reduce((sum, { share }) => sum + share, 0);
  const memory = own.reduce((sum, { pssBytes }) => sum + pssBytes, 0);
  return [
    { name: `${label}CPU`, value: cpu, unit: '% of a core', better: 'lower', target: targets.cpu },
    { name: `${label}memory`, value: memory / MEGABYTE, unit: 'MB PSS', better: 'lower', target: targets.memory },
  ];
}

interface OwnProcess {
  readonly name: string;
  readonly pid: number;
  readonly pssBytes: number;
}

async function ownProcesses(cluster: Cluster): Promise<readonly OwnProcess[]> {
  const { components, supervisor } = await cluster.status();
  return [...components, { ...supervisor, name: 'supervisor' }].flatMap(({ name, pid, pssBytes = 0 }) =>
    pid === undefined || OTHERS.includes(name) ? [] : [{ name, pid, pssBytes }],
  );
}

const cpuOf = (own: readonly OwnProcess[]): ReadonlyMap<string, number> => new Map(own.map(({ name, pid }) => [name, cpuSecondsOf(pid)]));
