import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { Transport } from '../wire/reply.ts';
import type { UpstreamAddress } from './upstream-address.ts';

export interface ExchangeOptions<T> {
  readonly transport: Transport;
  /** What a received message means; undefined waits for another one. */
  readonly accept: (message: Buffer) => T | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends one message to a server and resolves with what comes back. Each exchange has a socket of its own: with its port, which
 * the kernel picks at random, and the id, an answer is hard to forge (RFC 5452 §4).
 */
export const exchange = <T>(message: Buffer, to: UpstreamAddress, options: ExchangeOptions<T>): Promise<T> =>
  options.transport === 'udp' ? overUdp(message, to, options) : overTcp(message, to, options);

async function overUdp<T>(message: Buffer, { host, port }: UpstreamAddress, { accept, signal }: ExchangeOptions<T>): Promise<T> {
  signal.throwIfAborted();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('error', reject);
  socket.on('message', received => {
    const accepted = accept(received);
    if (accepted !== undefined) resolve(accepted);
  });
  // Connected, the kernel takes packets from this server only, and tells when nobody listens there.
  socket.connect(port, host, () => socket.send(message, err => err && reject(err)));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.close();
  }
}

async function overTcp<T>(message: Buffer, { host, port }: UpstreamAddress, { accept, signal }: ExchangeOptions<T>): Promise<T> {
  const socket = connect({ host, port, signal });
  try {
    await once(socket, 'connect', { signal });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
    for await (const received of framesOf(socket)) {
      const accepted = accept(received);
      if (accepted !== undefined) return accepted;
    }
    throw new Error(`${host} port ${port} closed the connection without an answer`);
  } finally {
    socket.destroy();
  }
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      yield pending.subarray(2, end);
      pending = pending.subarray(end);
    }
  }
}
