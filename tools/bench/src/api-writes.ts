import { startApiserver } from './apiserver.ts';
import type { Benchmark } from './benchmark.ts';
import { drive } from './load.ts';
import { podBody } from './pods.ts';
import { RestConnection } from './rest-connection.ts';
import { quantile } from './statistics.ts';

const CLIENTS = 64;
const WARM_UP = 4_000;
const COUNT = 20_000;
const PODS = '/api/v1/namespaces/default/pods';

/** Every create is admitted, validated, and durable before it is answered. */
export const apiWrites: Benchmark = {
  name: 'api-writes',
  about: `durable pod creates through REST with TLS, ${CLIENTS} clients`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => RestConnection.open(apiserver)));
    try {
      await drive(clients, WARM_UP, (client, at) => client.insist(201, 'POST', PODS, podBody(`warm-${at}`)));
      const cpuBefore = apiserver.cpuSeconds();
      const { perSecond, latencies } = await drive(clients, COUNT, (client, at) => client.insist(201, 'POST', PODS, podBody(`pod-${at}`)));
      return [
        { name: 'creates', value: perSecond, unit: '/s', better: 'higher', target: 6_000 },
        { name: 'p99', value: quantile(latencies, 0.99), unit: 'ms', better: 'lower' },
        { name: 'server CPU', value: ((apiserver.cpuSeconds() - cpuBefore) * 1e6) / COUNT, unit: 'us/create', better: 'lower' },
      ];
    } finally {
      for (const client of clients) client[Symbol.dispose]();
    }
  },
};
