import { setTimeout as sleep } from 'node:timers/promises';
import { type Apiserver, startApiserver } from './apiserver.ts';
import type { Benchmark } from './benchmark.ts';
import { drive } from './load.ts';
import { openSocket, RestConnection, type RestTarget } from './rest-connection.ts';

const LISTS = 16;
const OBJECTS = 1_000;
const OBJECT_BYTES = 100_000;
const LOOK_MS = 20;
const MEGABYTE = 1024 * 1024;
const PATH = '/api/v1/namespaces/default/configmaps';

export const lists: Benchmark = {
  name: 'lists',
  about: `${LISTS} lists of ${(OBJECTS * OBJECT_BYTES) / 1e6} MB at once: how much the server grows`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    await fill(apiserver);
    await listAll(apiserver); // the first makes what is kept
    const before = apiserver.residentBytes();
    const stop = new AbortController();
    const peak = peakBytes(apiserver, stop.signal);
    const began = performance.now();
    const sizes = await Promise.all(Array.from({ length: LISTS }, () => listAll(apiserver)));
    const tookMs = performance.now() - began;
    stop.abort();
    if (sizes.some(bytes => bytes < OBJECTS * OBJECT_BYTES)) throw new Error(`lists came in part: ${sizes.join(' ')} bytes`);
    return [
      { name: 'growth', value: ((await peak) - before) / MEGABYTE, unit: 'MB', better: 'lower', target: 128 },
      { name: 'resident before', value: before / MEGABYTE, unit: 'MB', better: 'lower' },
      { name: 'all', value: tookMs / 1_000, unit: 's', better: 'lower' },
    ];
  },
};

async function fill(apiserver: Apiserver): Promise<void> {
  const clients = await Promise.all(Array.from({ length: 8 }, () => RestConnection.open(apiserver)));
  const data = { filling: 'x'.repeat(OBJECT_BYTES) };
  await drive(clients, OBJECTS, (client, at) => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `object-${at}` }, data };
    return client.insist(201, 'POST', PATH, Buffer.from(JSON.stringify(object)));
  });
  for (const client of clients) client[Symbol.dispose]();
}

/** The bytes of the answer, of which nothing is kept. */
async function listAll(target: RestTarget): Promise<number> {
  const socket = await openSocket(target);
  let bytes = 0;
  socket.on('data', chunk => (bytes += chunk.length));
  const over = new Promise<void>((resolve, reject) => socket.once('end', resolve).once('error', reject));
  socket.write(`GET ${PATH} HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\nconnection: close\r\n\r\n`);
  await over;
  socket.destroy();
  return bytes;
}

/** Looks until `signal` aborts. */
async function peakBytes(apiserver: Apiserver, signal: AbortSignal): Promise<number> {
  let peak = 0;
  while (!signal.aborted) {
    peak = Math.max(peak, apiserver.residentBytes());
    await sleep(LOOK_MS);
  }
  return peak;
}
