import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Client } from '../dns.metrics.ts';
import type { ServeOptions, Served } from './serve-udp.ts';

export interface TcpLimits {
  /** A connection without a query or an answer for so long is closed (RFC 7766 §6.2.3: a few seconds). */
  readonly idleMs?: number;
  /** More connections than these are closed at once. */
  readonly maxConnections?: number;
}

const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 1_000;
/** Queries of one connection that may wait for their answers; it is not read further meanwhile. */
const MAX_WAITING = 100;
const LENGTH_BYTES = 2;

export async function serveTcp({
  address,
  port,
  respond,
  log,
  idleMs = IDLE_MS,
  maxConnections = MAX_CONNECTIONS,
}: ServeOptions & TcpLimits): Promise<Served> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', err => log.debug('TCP connection failed', { from: socket.remoteAddress, err }));
    socket.setTimeout(idleMs, () => socket.destroy());
    const client: Client = { transport: 'tcp', family: socket.remoteFamily === 'IPv6' ? 6 : 4 };
    talk(socket, message => respond(message, client));
  });
  server.maxConnections = maxConnections;
  server.listen({ port, host: address, ipv6Only: true });
  await once(server, 'listening');
  server.on('error', err => log.warn('TCP socket failed', { address, err }));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Several queries may be on their way at once, and their answers come in any order (RFC 7766 §6.2.1.1). */
function talk(socket: Socket, respond: (message: Buffer) => Buffer | undefined | Promise<Buffer | undefined>): void {
  let pending: Buffer = Buffer.alloc(0);
  let waiting = 0;
  let isBlocked = false;
  let isEnded = false;
  const resume = (): void => {
    if (waiting < MAX_WAITING && !isBlocked) socket.resume();
  };
  const send = (response: Buffer | undefined): void => {
    if (!response || socket.destroyed) return;
    const framed = Buffer.allocUnsafe(LENGTH_BYTES + response.length);
    framed.writeUInt16BE(response.length);
    response.copy(framed, LENGTH_BYTES);
    isBlocked = !socket.write(framed);
    if (isBlocked) socket.pause();
  };
  const settle = (response: Buffer | undefined): void => {
    waiting--;
    send(response);
    if (isEnded && waiting === 0) socket.end();
    else resume();
  };
  // A client may close its side as soon as it has asked.
  socket.on('end', () => {
    isEnded = true;
    if (waiting === 0) socket.end();
  });
  socket.on('drain', () => {
    isBlocked = false;
    resume();
  });
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let end = endOfFrame(pending); end !== undefined; end = endOfFrame(pending)) {
      const response = respond(pending.subarray(LENGTH_BYTES, end));
      pending = pending.subarray(end);
      if (!(response instanceof Promise)) send(response);
      else if (++waiting >= MAX_WAITING) socket.pause();
      if (response instanceof Promise) void response.then(settle);
    }
  });
}

function endOfFrame(pending: Buffer): number | undefined {
  if (pending.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + pending.readUInt16BE(0);
  return end <= pending.length ? end : undefined;
}
