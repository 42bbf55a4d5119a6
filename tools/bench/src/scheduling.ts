import { type Apiserver, startApiserver } from './apiserver.ts';
import type { Benchmark, BenchContext } from './benchmark.ts';
import { drive } from './load.ts';
import { podBody } from './pods.ts';
import { startProgram } from './program.ts';
import { RestConnection } from './rest-connection.ts';
import { watchLines } from './watch-lines.ts';

const CLIENTS = 32;
const LIMIT_MS = 120_000;
const NODES = 5_000;
const PODS = 10_000;
const PATH = '/api/v1/namespaces/default/pods';
const ROOM = { cpu: '32', memory: '128Gi', pods: '110' } as const;

export const scheduling: Benchmark = {
  name: 'scheduling',
  about: `${PODS} pods that wait for a node, ${NODES} nodes: from the first binding to the last, through the API`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    await fill(apiserver);
    const stop = new AbortController();
    const limit = AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT_MS), stop.signal]);
    const bindings = await countBindings(apiserver, limit);
    await using scheduler = await startScheduler(apiserver, context);
    const { firstMs, lastMs } = await bindings.all;
    stop.abort();
    return [
      { name: 'pods', value: (PODS * 1_000) / (lastMs - firstMs), unit: '/s', better: 'higher', target: 2_500 },
      { name: 'scheduler CPU', value: (scheduler.cpuSeconds() * 1e6) / PODS, unit: 'us/pod', better: 'lower' },
    ];
  },
};

async function fill(apiserver: Apiserver): Promise<void> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => RestConnection.open(apiserver)));
  await drive(clients, NODES, (client, at) => client.insist(201, 'POST', '/api/v1/nodes', nodeBody(`node-${at}`)));
  await drive(clients, PODS, (client, at) => client.insist(201, 'POST', PATH, podBody(`pod-${at}`)));
  for (const client of clients) client[Symbol.dispose]();
}

function nodeBody(name: string): Buffer {
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }];
  const metadata = { name, labels: { 'kubernetes.io/hostname': name } };
  return Buffer.from(
    JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata, spec: {}, status: { capacity: ROOM, allocatable: ROOM, conditions } }),
  );
}

interface Bindings {
  readonly all: Promise<{ readonly firstMs: number; readonly lastMs: number }>;
}

/** Counts from the next binding on. */
async function countBindings(apiserver: Apiserver, signal: AbortSignal): Promise<Bindings> {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly firstMs: number; readonly lastMs: number }>();
  const bound = new Set<string>();
  let firstMs = 0;
  const take = (line: string): void => {
    if (!line.startsWith('{"type":"MODIFIED"') || !line.includes('"nodeName":"')) return;
    const [, name = ''] = /"name":"(pod-\d+)"/.exec(line) ?? [];
    if (bound.size === 0) firstMs = performance.now();
    bound.add(name);
    if (bound.size === PODS) resolve({ firstMs, lastMs: performance.now() });
  };
  signal.addEventListener('abort', () => reject(new Error(`${bound.size} of ${PODS} pods were bound in ${LIMIT_MS / 1_000} s`)));
  await watchLines(apiserver, `${PATH}?watch=true`, { take, signal });
  return { all: promise };
}

async function startScheduler({ grpcPort, certificates }: Apiserver, { scratch }: BenchContext) {
  const { caFile, adminCertFile, adminKeyFile } = certificates;
  const { program } = await startProgram({
    app: 'scheduler',
    scratch,
    flags: [
      ...['--apiserver', `127.0.0.1:${grpcPort}`, '--ca-file', caFile, '--cert-file', adminCertFile, '--key-file', adminKeyFile],
      ...['--health-port', '0'],
    ],
    factsIn: ({ message }) => (message === 'scheduler started' ? {} : undefined),
  });
  return program;
}
