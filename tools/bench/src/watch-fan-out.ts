import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Apiserver, startApiserver } from './apiserver.ts';
import type { Benchmark } from './benchmark.ts';
import { RestConnection } from './rest-connection.ts';
import { quantile } from './statistics.ts';

const WATCHERS = 1_000;
const WRITES = 500;
const WRITES_PER_SECOND = 50;
const PATH = '/api/v1/namespaces/default/configmaps';
/** Where the time of the write stands in what a watcher gets. */
const SENT = /"sent":"(\d+\.?\d*)"/g;
const OPENED_AT_ONCE = 50;

export const watchFanOut: Benchmark = {
  name: 'watch-fan-out',
  about: `${WATCHERS} watches over TLS, ${WRITES_PER_SECOND} writes/s: from the request of a write to the socket of each watcher`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    const delays: number[] = [];
    const sockets: TLSSocket[] = [];
    try {
      for (let at = 0; at < WATCHERS; at += OPENED_AT_ONCE)
        sockets.push(...(await Promise.all(Array.from({ length: OPENED_AT_ONCE }, () => openWatch(apiserver, delays)))));
      using writer = await RestConnection.open(apiserver);
      const cpuBefore = apiserver.cpuSeconds();
      await writeSteadily(writer);
      const enough = WATCHERS * WRITES;
      while (delays.length < enough) await sleep(50, undefined, { signal: context.signal });
      return [
        { name: 'p99', value: quantile(delays, 0.99), unit: 'ms', better: 'lower', target: 50 },
        { name: 'median', value: quantile(delays, 0.5), unit: 'ms', better: 'lower' },
        { name: 'deliveries', value: enough / (apiserver.cpuSeconds() - cpuBefore), unit: '/CPU s', better: 'higher', target: 30_000 },
      ];
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  },
};

async function writeSteadily(writer: RestConnection): Promise<void> {
  const began = performance.now();
  for (let at = 0; at < WRITES; at++) {
    const wait = began + (at * 1_000) / WRITES_PER_SECOND - performance.now();
    if (wait > 0) await sleep(wait);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `write-${at}` }, data: { sent: String(performance.now()) } };
    await writer.insist(201, 'POST', PATH, Buffer.from(JSON.stringify(object)));
  }
}

/** Resolves when the answer has begun. What comes is not parsed: the load should cost less than the server. */
async function openWatch({ port, certificates }: Apiserver, delays: number[]): Promise<TLSSocket> {
  const { caFile, adminCertFile, adminKeyFile } = certificates;
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: readFileSync(caFile),
    cert: readFileSync(adminCertFile),
    key: readFileSync(adminKeyFile),
  });
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  socket.write(`GET ${PATH}?watch=true&timeoutSeconds=3000 HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\n\r\n`);
  await new Promise<void>(resolve => socket.once('data', () => resolve()));
  socket.on('data', chunk => {
    const now = performance.now();
    for (const [, sent] of chunk.toString('latin1').matchAll(SENT)) delays.push(now - Number(sent));
  });
  return socket;
}
