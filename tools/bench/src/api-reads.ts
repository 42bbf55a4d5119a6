import { startApiserver } from './apiserver.ts';
import type { Benchmark } from './benchmark.ts';
import { drive } from './load.ts';
import { podBody } from './pods.ts';
import { RestConnection } from './rest-connection.ts';
import { median, quantile } from './statistics.ts';

const CLIENTS = 64;
const PODS = 10_000;
const GETS = 60_000;
const LISTS = 9;
const PATH = '/api/v1/namespaces/default/pods';

export const apiReads: Benchmark = {
  name: 'api-reads',
  about: `GETs of single pods, ${CLIENTS} clients, and lists of ${PODS} pods, consistent ones`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => RestConnection.open(apiserver)));
    try {
      await drive(clients, PODS, (client, at) => client.insist(201, 'POST', PATH, podBody(`pod-${at}`)));
      const get = (client: RestConnection, at: number): Promise<unknown> => client.insist(200, 'GET', `${PATH}/pod-${at % PODS}`);
      await drive(clients, 5_000, get);
      const cpuBefore = apiserver.cpuSeconds();
      const gets = await drive(clients, GETS, get);
      const cpuGets = apiserver.cpuSeconds() - cpuBefore;
      const lists = await drive(clients.slice(0, 1), LISTS, client => client.insist(200, 'GET', PATH));
      const cached = await drive(clients.slice(0, 1), LISTS, client => client.insist(200, 'GET', `${PATH}?resourceVersion=0`));
      return [
        { name: 'gets', value: gets.perSecond, unit: '/s', better: 'higher', target: 20_000 },
        { name: 'get p99', value: quantile(gets.latencies, 0.99), unit: 'ms', better: 'lower' },
        { name: 'get CPU', value: (cpuGets * 1e6) / GETS, unit: 'us/get', better: 'lower' },
        { name: 'list', value: median(lists.latencies), unit: 'ms', better: 'lower', target: 100 },
        { name: 'list from cache', value: median(cached.latencies), unit: 'ms', better: 'lower', target: 100 },
      ];
    } finally {
      for (const client of clients) client[Symbol.dispose]();
    }
  },
};
