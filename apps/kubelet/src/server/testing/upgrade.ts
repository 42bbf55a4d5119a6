import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { clientTls } from './certificates.ts';

export interface UpgradeAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Of a refusal. */
  readonly body: string;
}

/** Asks the kubelet at `port` for an upgrade, as the API server does. */
export async function upgrade(port: number, path: string, headers: Readonly<Record<string, string | string[]>>): Promise<UpgradeAnswer> {
  const client = request({
    host: '127.0.0.1',
    port,
    path,
    method: 'GET',
    headers: { connection: 'Upgrade', ...headers },
    ...clientTls('master'),
  });
  const refused = once(client, 'response').then(async ([response]) => {
    const { statusCode = 0, headers: answered, socket } = response as IncomingMessage;
    return { status: statusCode, headers: answered, socket, head: Buffer.alloc(0), body: await text(response as IncomingMessage) };
  });
  const upgraded = once(client, 'upgrade').then(([{ headers: answered }, socket, head]) => ({
    status: 101,
    headers: answered as IncomingMessage['headers'],
    socket: socket as Duplex,
    head: head as Buffer,
    body: '',
  }));
  client.end();
  return Promise.race([refused, upgraded]);
}
