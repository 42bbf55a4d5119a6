import { type Apiserver, startApiserver } from './apiserver.ts';
import type { BenchContext, Benchmark } from './benchmark.ts';
import { DnsLoad } from './dns-load.ts';
import { drive } from './load.ts';
import { type Program, startProgram } from './program.ts';
import { RestConnection } from './rest-connection.ts';
import { quantile } from './statistics.ts';

const SERVICES = 1_000;
const CLIENTS = 16;
const WARM_UP_S = 1;
const RUN_S = 4;
const RATE = 10_000;
const OUTSTANDING = 64;
const PATH = '/api/v1/namespaces/default/services';

/** Queries for names that were asked before, as nearly all of a cluster's are. */
export const dns: Benchmark = {
  name: 'dns',
  about: `cached DNS queries over UDP for ${SERVICES} Services: ${RATE}/s, and as many as it can`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => RestConnection.open(apiserver)));
    await drive(clients, SERVICES, (client, at) => client.insist(201, 'POST', PATH, serviceBody(`service-${at}`)));
    for (const client of clients) client[Symbol.dispose]();

    const { program, facts: port } = await startDns(apiserver, context);
    await using server = program;
    using load = await DnsLoad.open(
      port,
      Array.from({ length: SERVICES }, (_, at) => `service-${at}.default.svc.cluster.local`),
    );
    await load.flood({ outstanding: OUTSTANDING, seconds: WARM_UP_S });
    const steady = await measured(server, () => load.pace({ perSecond: RATE, seconds: RUN_S }));
    const flood = await measured(server, () => load.flood({ outstanding: OUTSTANDING, seconds: RUN_S }));
    return [
      { name: 'p99', value: quantile(steady.latencies, 0.99), unit: 'ms', better: 'lower', target: 5 },
      { name: 'lost', value: steady.lost, unit: 'queries', better: 'lower', target: 0 },
      { name: 'load', value: (steady.cpuSeconds * 100) / RUN_S, unit: '% of a core', better: 'lower', target: 100 },
      { name: 'queries', value: flood.latencies.length / flood.cpuSeconds, unit: '/CPU s', better: 'higher', target: RATE },
      { name: 'memory', value: server.residentBytes() / 2 ** 20, unit: 'MiB', better: 'lower' },
    ];
  },
};

async function measured<T>(server: Program, work: () => Promise<T>): Promise<T & { readonly cpuSeconds: number }> {
  const before = server.cpuSeconds();
  const result = await work();
  return { ...result, cpuSeconds: server.cpuSeconds() - before };
}

function startDns({ grpcPort, certificates }: Apiserver, { scratch }: BenchContext): Promise<{ program: Program; facts: number }> {
  const { caFile, adminCertFile, adminKeyFile } = certificates;
  let port: number | undefined;
  return startProgram({
    app: 'dns',
    scratch,
    flags: [
      ...['--apiserver', `127.0.0.1:${grpcPort}`, '--ca-file', caFile, '--cert-file', adminCertFile, '--key-file', adminKeyFile],
      ...['--port', '0', '--health-port', '0', '--upstream', '127.0.0.1:9'],
    ],
    factsIn: line => {
      if (line.message === 'listening') port = Number(line['port']);
      return line.message === 'ready' ? port : undefined;
    },
  });
}

const serviceBody = (name: string): Buffer =>
  Buffer.from(
    JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], selector: { app: name } } }),
  );
