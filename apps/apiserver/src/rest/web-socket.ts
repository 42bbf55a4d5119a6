import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { StatusError } from '@steersman/status';
import type { Watcher } from '@steersman/store';
import { type WebSocket, WebSocketServer } from 'ws';
import { EventEncoder, type EncodeContext } from './encode.ts';

/** Sub-protocols for one stream to the client. Browsers offer the second, and what is binary comes as base64 then. */
const [BINARY, BASE64] = ['binary.k8s.io', 'base64.binary.k8s.io'] as const;
const MAX_WAITING_BYTES = 1024 * 1024;
/** RFC 6455, 7.4.1. */
const NORMAL_CLOSURE = 1000;

/** A connection that is to become a WebSocket. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export const isWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket';

function accept({ request, socket, head }: Upgrade): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_WAITING_BYTES,
    handleProtocols: offered => [BASE64, BINARY].find(protocol => offered.has(protocol)) ?? false,
  });
  return new Promise(resolve => server.handleUpgrade(request, socket, head, resolve));
}

/** A watch as one text frame for each event. What the client sends is ignored. Fails only before the connection is upgraded. */
export async function watchOverWebSocket(
  upgrade: Upgrade,
  { watcher, context }: { readonly watcher: Watcher; readonly context: EncodeContext },
): Promise<void> {
  using _ = watcher;
  const client = await accept(upgrade);
  client.on('close', () => watcher[Symbol.dispose]()).on('error', () => watcher[Symbol.dispose]());
  const encoder = new EventEncoder(context);
  for (let events = await watcher.next(); events; events = await watcher.next()) {
    for (const event of events) client.send(textOf(encoder.encode(event)));
    if (client.bufferedAmount > MAX_WAITING_BYTES) await drained(upgrade.socket);
  }
  if (watcher.end === 'slow' || watcher.end === 'reset')
    client.send(textOf(encoder.error(new StatusError('Expired', 'The resourceVersion for the provided watch is too old.').toStatus())));
  client.close(NORMAL_CLOSURE);
}

/** Like `watchOverWebSocket`: a log as frames of bytes, or of their base64. */
export async function logOverWebSocket(upgrade: Upgrade, log: IncomingMessage): Promise<void> {
  const client = await accept(upgrade);
  client.on('close', () => log.destroy()).on('error', () => log.destroy());
  try {
    for await (const chunk of log as AsyncIterable<Buffer>) {
      client.send(client.protocol === BASE64 ? chunk.toString('base64') : chunk);
      if (client.bufferedAmount > MAX_WAITING_BYTES) await drained(upgrade.socket);
    }
    client.close(NORMAL_CLOSURE);
  } catch {
    // The client or the node is gone, and nobody is left to be told.
    client.terminate();
  }
}

const textOf = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString('utf8');

/** Resolves when the client has read, or is gone. */
const drained = (socket: Duplex): Promise<unknown> => Promise.race([once(socket, 'drain'), once(socket, 'close')]);
