import { startApiserver } from './apiserver.ts';
import type { Benchmark } from './benchmark.ts';
import { podBody } from './pods.ts';
import { RestConnection } from './rest-connection.ts';
import { quantile } from './statistics.ts';

const WORKERS = 24;
const WARM_UP = 200;
const LIVES = 3_000;
const CORE = '/api/v1/namespaces/default';
const PHASES = ['Pending', 'Pending', 'Running', 'Succeeded'] as const;

/** What scheduler, kubelet and controllers write for one pod, without doing what it stands for. */
export const podLives: Benchmark = {
  name: 'pod-lives',
  about: `whole lives of pods with hollow kubelets, ${WORKERS} at once: create, bind, four statuses, endpoints, events, delete`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    const clients = await Promise.all(Array.from({ length: WORKERS }, () => RestConnection.open(apiserver)));
    try {
      await live(clients, 'warm', WARM_UP);
      const cpuBefore = apiserver.cpuSeconds();
      const { perSecond, latencies } = await live(clients, 'pod', LIVES);
      const calls = [...latencies].map(([name, values]) => ({ name, p99: quantile(values, 0.99) }));
      return [
        { name: 'lives', value: perSecond, unit: '/s', better: 'higher', target: 400 },
        { name: 'CPU', value: ((apiserver.cpuSeconds() - cpuBefore) * 1e3) / LIVES, unit: 'ms/life', better: 'lower' },
        ...calls.map(({ name, p99 }) => ({ name: `p99 ${name}`, value: p99, unit: 'ms', better: 'lower', target: 50 }) as const),
      ];
    } finally {
      for (const client of clients) client[Symbol.dispose]();
    }
  },
};

interface Lives {
  readonly perSecond: number;
  /** Of each kind of call, in milliseconds. */
  readonly latencies: ReadonlyMap<string, readonly number[]>;
}

async function live(clients: readonly RestConnection[], prefix: string, count: number): Promise<Lives> {
  const latencies = new Map<string, number[]>();
  let next = 0;
  const began = performance.now();
  await Promise.all(
    clients.map(async client => {
      for (let at = next++; at < count; at = next++) {
        for (const { call, code, request } of lifeOf(`${prefix}-${at}`)) {
          const started = performance.now();
          await client.insist(code, ...request);
          const taken = latencies.get(call) ?? [];
          taken.push(performance.now() - started);
          latencies.set(call, taken);
        }
      }
    }),
  );
  return { perSecond: (count * 1_000) / (performance.now() - began), latencies };
}

interface Step {
  readonly call: string;
  readonly code: number;
  readonly request: Parameters<RestConnection['ask']>;
}

function lifeOf(name: string): readonly Step[] {
  const path = `${CORE}/pods/${name}`;
  const event = (reason: string): Step => {
    const metadata = { name: `${name}.${reason.toLowerCase()}`, namespace: 'default' };
    const involvedObject = { kind: 'Pod', namespace: 'default', name };
    const body = json({ kind: 'Event', apiVersion: 'v1', metadata, involvedObject, reason, message: reason, type: 'Normal' });
    return { call: 'event', code: 201, request: ['POST', `${CORE}/events`, body] };
  };
  const target = { kind: 'Node', name: 'hollow' };
  const subsets = [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 8080 }] }];
  return [
    { call: 'create', code: 201, request: ['POST', `${CORE}/pods`, podBody(name)] },
    {
      call: 'bind',
      code: 201,
      request: ['POST', `${path}/binding`, json({ kind: 'Binding', apiVersion: 'v1', metadata: { name }, target })],
    },
    event('Scheduled'),
    ...PHASES.map((phase, at): Step => ({ call: 'status', code: 200, request: ['PUT', `${path}/status`, statusBody(name, phase, at)] })),
    event('Started'),
    {
      call: 'endpoints',
      code: 201,
      request: ['POST', `${CORE}/endpoints`, json({ kind: 'Endpoints', apiVersion: 'v1', metadata: { name }, subsets })],
    },
    { call: 'delete', code: 200, request: ['DELETE', path, json({ kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 })] },
  ];
}

/** Without a resourceVersion: the last writer wins, as one kubelet is the only one. */
function statusBody(name: string, phase: string, at: number): Buffer {
  const pod = JSON.parse(podBody(name, 'hollow').toString()) as object;
  const conditions = [{ type: 'Ready', status: phase === 'Running' ? 'True' : 'False', reason: `Step${at}` }];
  return json({ ...pod, status: { phase, podIP: '10.1.2.3', conditions } });
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
