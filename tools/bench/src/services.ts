import { execFileSync } from 'node:child_process';
import {
  ElementTable,
  type Forwarding,
  forwardingElements,
  forwardService,
  iptablesCommands,
  iptablesRules,
  layoutCommands,
  readContents,
  transactionCommands,
} from '@steersman/endpoints';
import { listTable, nftSession } from '@steersman/net';
import type { EndpointSlice, Service } from '@steersman/types';
import type { Benchmark, Measurement } from './benchmark.ts';
import { quantile } from './statistics.ts';

const SERVICES = 10_000;
const ENDPOINTS = 5;
const CHANGES = 400;
const TABLE = 'steersman-bench';
const PLACE = { nodeName: 'node-0', nodePortAddresses: ['192.0.2.1'] };

export const services: Benchmark = {
  name: 'services',
  about: `${SERVICES} Services of ${ENDPOINTS} endpoints into nftables, and changes of one endpoint (as root)`,
  async run({ signal, tell }) {
    const namespace = `stm-bench-${process.pid}`;
    execFileSync('ip', ['netns', 'add', namespace]);
    try {
      const within = ['ip', 'netns', 'exec', namespace];
      return [...(await measure([...within, 'nft'], { signal, tell })), ...measureIptables(within, tell)];
    } finally {
      execFileSync('ip', ['netns', 'del', namespace]);
    }
  },
};

async function measure(
  program: readonly string[],
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
) {
  await using session = nftSession(program);
  const objects = Array.from({ length: SERVICES }, (_, at) => ({ service: serviceAt(at), slice: sliceAt(at, 0) }));
  const chains = new Set<string>();
  const apply = async (table: ElementTable, prepare: readonly string[]): Promise<void> => {
    const commands = [...prepare, ...transactionCommands(TABLE, table.take(), chains)];
    if (commands.length > 0) await session.nft(commands.join('\n'), signal);
  };
  const set = (table: ElementTable, service: Service, slice: EndpointSlice): void => {
    const forwardings: readonly Forwarding[] = forwardService(service, [slice], PLACE);
    table.set(
      service.metadata.name,
      forwardings.flatMap(forwarding => forwardingElements(forwarding, table.valueNow)),
    );
  };
  const layout = layoutCommands({ table: TABLE, clusterCidrs: ['10.0.0.0/8'] });

  const firstStartMs = performance.now();
  const table = new ElementTable();
  for (const { service, slice } of objects) set(table, service, slice);
  await apply(table, layout);
  const firstMs = performance.now() - firstStartMs;
  tell('all Services are in the kernel');

  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  for (let at = 0; at < CHANGES; at++) {
    const startMs = performance.now();
    set(table, serviceAt(at), sliceAt(at, 1));
    await apply(table, []);
    latencies.push(performance.now() - startMs);
  }
  const { user, system } = process.cpuUsage(cpu);
  const residentBytes = process.memoryUsage.rss();

  const againStartMs = performance.now();
  const again = new ElementTable(readContents(await listTable(program, { kind: 'table', name: TABLE }, signal)).contents);
  for (const [at, { service, slice }] of objects.entries()) set(again, service, at < CHANGES ? sliceAt(at, 1) : slice);
  const differences = again.take().length;
  if (differences > 0) throw new Error(`a proxy that starts again would change ${differences} entries that are right`);
  const againMs = performance.now() - againStartMs;

  return [
    { name: 'first sync', value: firstMs, unit: 'ms', better: 'lower', target: 2_000 },
    { name: 'sync after a restart', value: againMs, unit: 'ms', better: 'lower' },
    { name: 'one change p50', value: quantile(latencies, 0.5), unit: 'ms', better: 'lower', target: 5 },
    { name: 'one change p99', value: quantile(latencies, 0.99), unit: 'ms', better: 'lower', target: 25 },
    { name: 'CPU of one change', value: (user + system) / 1_000 / CHANGES, unit: 'ms', better: 'lower', target: 5 },
    { name: 'memory of the process', value: residentBytes / 2 ** 20, unit: 'MiB', better: 'lower', target: 250 },
  ] as const;
}

/** The same with a chain per Service, all written at each change. */
function measureIptables(within: readonly string[], tell: (line: string) => void): readonly Measurement[] {
  const [program = '', ...args] = within;
  const run = (words: readonly string[], input = ''): string =>
    execFileSync(program, [...args, ...words], { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
  const sync = (changed: number): number => {
    const startMs = performance.now();
    const forwardings = Array.from({ length: SERVICES }, (_, at) =>
      forwardService(serviceAt(at), [sliceAt(at, at < changed ? 1 : 0)], PLACE),
    ).flat();
    const tables = iptablesRules(forwardings, { prefix: 'STM-bench-', family: 'ip', clusterCidrs: ['10.0.0.0/8'] });
    run(['iptables-restore', '--noflush'], iptablesCommands(tables, run(['iptables-save']), 'STM-bench-'));
    return performance.now() - startMs;
  };
  const [firstMs, changeMs] = [sync(0), sync(1)];
  tell('the same is in iptables');
  return [
    { name: 'iptables mode, first sync', value: firstMs, unit: 'ms', better: 'lower' },
    { name: 'iptables mode, one change', value: changeMs, unit: 'ms', better: 'lower' },
  ];
}

const metadata = (name: string) => ({
  name,
  namespace: 'bench',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

const serviceAt = (at: number): Service => ({
  metadata: metadata(`service-${at}`),
  spec: { clusterIP: `172.30.${at >> 8}.${at & 255}`, ports: [{ port: 80, protocol: 'TCP' }] },
  status: {},
});

/** In each generation the last endpoint is another. */
const sliceAt = (at: number, generation: number): EndpointSlice => ({
  metadata: metadata(`service-${at}-1`),
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: Array.from({ length: ENDPOINTS }, (_, index) => {
    const number = at * ENDPOINTS + index + (index === ENDPOINTS - 1 ? generation * SERVICES * ENDPOINTS : 0);
    return {
      addresses: [`10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`],
      nodeName: `node-${number % 100}`,
      conditions: { ready: true },
    };
  }),
});
