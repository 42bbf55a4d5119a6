import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from '@steersman/telemetry';
import type { Respond } from '../responder.ts';

export interface ServeOptions {
  readonly address: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly respond: Respond;
  readonly log: Logger;
}

export interface Served extends AsyncDisposable {
  readonly port: number;
}

/** Room for bursts while the event loop is busy. The kernel grants at most net.core.rmem_max. */
const RECEIVE_BUFFER_BYTES = 4 * 1_024 * 1_024;

export async function serveUdp({ address, port, respond, log }: ServeOptions): Promise<Served> {
  const socket = createSocket({
    ...(address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' }),
    recvBufferSize: RECEIVE_BUFFER_BYTES,
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  let isOpen = true;
  socket.on('error', err => log.warn('UDP socket failed', { address, err }));
  socket.on('message', (message, from) => {
    if (from.port === 0) return; // forged: nothing can be sent there
    const send = (response: Buffer | undefined): void => {
      if (!response || !isOpen) return;
      socket.send(response, from.port, from.address, err => {
        if (err) log.warn('answer could not be sent', { to: from.address, err });
      });
    };
    const response = respond(message, { transport: 'udp', family: from.family === 'IPv6' ? 6 : 4 });
    if (response instanceof Promise) void response.then(send);
    else send(response);
  });
  return {
    port: socket.address().port,
    [Symbol.asyncDispose]: async () => {
      isOpen = false;
      socket.close();
      await once(socket, 'close');
    },
  };
}
