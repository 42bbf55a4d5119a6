import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** An upgrade that a client asked for, as node:http hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** A SPDY client and a runtime understand each other: from the request on, bytes are passed both ways. */
export async function passSpdy({ request, socket, head }: Upgrade, url: string): Promise<void> {
  const { hostname, port, pathname, search } = new URL(url);
  const protocols = String(request.headers['x-stream-protocol-version'] ?? '')
    .split(',')
    .map(protocol => protocol.trim());
  const upstream = connect({ host: hostname, port: Number(port), noDelay: true });
  // One header each: older servers take no list.
  const lines = [
    `${request.method} ${pathname}${search} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Connection: Upgrade',
    `Upgrade: ${request.headers.upgrade}`,
    ...protocols.filter(protocol => protocol !== '').map(protocol => `X-Stream-Protocol-Version: ${protocol}`),
  ];
  upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) upstream.write(head);
  await join(socket, upstream);
}

/** Resolves when both are closed; either's end is the other's. */
export async function join(a: Duplex, b: Duplex): Promise<void> {
  const follow = (from: Duplex, to: Duplex): Promise<void> =>
    new Promise(resolve => {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.end();
        resolve();
      });
      from.pipe(to);
    });
  await Promise.all([follow(a, b), follow(b, a)]);
}
