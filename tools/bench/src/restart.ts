import { startApiserver } from './apiserver.ts';
import type { Benchmark } from './benchmark.ts';
import { drive } from './load.ts';
import { podBody } from './pods.ts';
import { RestConnection } from './rest-connection.ts';

const CLIENTS = 64;
const OBJECTS = 100_000;
const PODS = '/api/v1/namespaces/default/pods';

export const restart: Benchmark = {
  name: 'restart',
  about: `the API server with ${OBJECTS} pods in its store: from its start to /readyz`,
  async run(context) {
    const certificates = await fill(context);
    const began = performance.now();
    await using apiserver = await startApiserver(context, { certificates });
    using client = await RestConnection.open(apiserver);
    await client.insist(200, 'GET', '/readyz');
    const readyMs = performance.now() - began;
    await client.insist(200, 'GET', `${PODS}/pod-${OBJECTS - 1}`);
    return [
      { name: 'ready', value: readyMs / 1_000, unit: 's', better: 'lower', target: 2 },
      { name: 'CPU', value: apiserver.cpuSeconds(), unit: 's', better: 'lower' },
      { name: 'memory', value: apiserver.residentBytes() / 2 ** 20, unit: 'MB', better: 'lower' },
    ];
  },
};

async function fill(context: Parameters<Benchmark['run']>[0]) {
  await using apiserver = await startApiserver(context);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => RestConnection.open(apiserver)));
  try {
    await drive(clients, OBJECTS, (client, at) => client.insist(201, 'POST', PODS, podBody(`pod-${at}`)));
    return apiserver.certificates;
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
}
