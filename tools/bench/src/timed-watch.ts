import type { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSocket, type RestConnection, type RestTarget } from './rest-connection.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
/** Where the time of the write stands in what a watcher gets. */
const SENT = /"sent":"(\d+\.?\d*)"/g;

export interface Writes {
  readonly count: number;
  readonly perSecond: number;
  /** Of each object, beside what every object has. */
  readonly bytes?: number;
  /** Names of different rounds must differ. */
  readonly prefix?: string;
}

/** Creates objects that hold the time of their creation, evenly. */
export async function writeSteadily(writer: RestConnection, { count, perSecond, bytes = 0, prefix = 'write' }: Writes): Promise<void> {
  const began = performance.now();
  const filling = 'x'.repeat(bytes);
  for (let at = 0; at < count; at++) {
    const wait = began + (at * 1_000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const data = { sent: String(performance.now()), filling };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${prefix}-${at}` }, data };
    await writer.insist(201, 'POST', PATH, Buffer.from(JSON.stringify(object)));
  }
}

/** Resolves when the answer has begun. */
export async function openWatch(target: RestTarget): Promise<TLSSocket> {
  const socket = await openSocket(target);
  socket.write(`GET ${PATH}?watch=true&timeoutSeconds=3000 HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\n\r\n`);
  await new Promise<void>(resolve => socket.once('data', () => resolve()));
  return socket;
}

/** Adds how long each object was under way. What comes is not parsed: the load should cost less than the server. */
export async function openTimedWatch(target: RestTarget, delays: number[]): Promise<TLSSocket> {
  const socket = await openWatch(target);
  socket.on('data', chunk => {
    const now = performance.now();
    for (const [, sent] of chunk.toString('latin1').matchAll(SENT)) delays.push(now - Number(sent));
  });
  return socket;
}
