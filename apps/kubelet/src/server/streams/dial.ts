import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { StatusError } from '@steersman/status';

const DIAL_MS = 10_000;

export interface Upgraded {
  readonly socket: Socket;
  /** What came right behind the answer. */
  readonly head: Buffer;
}

/** Opens the URL that a container runtime gave, with SPDY/3.1; `protocols` are offered, best first. */
export async function dial(url: string, protocols: readonly string[]): Promise<Upgraded> {
  const client = request(url, {
    method: 'POST',
    headers: { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': [...protocols] },
    agent: false,
  });
  client.setTimeout(DIAL_MS, () => client.destroy(new Error(`no answer within ${DIAL_MS} ms`)));
  const refused = once(client, 'response').then(async ([answer]) => {
    throw refusal(answer as IncomingMessage, await text(answer as IncomingMessage));
  });
  client.end();
  const upgraded = once(client, 'upgrade') as Promise<[IncomingMessage, Socket, Buffer]>;
  upgraded.catch(() => {}); // told by the other
  const [, socket, head] = await Promise.race([upgraded, refused]);
  socket.setTimeout(0);
  socket.setNoDelay(true);
  return { socket, head };
}

const refusal = ({ statusCode }: IncomingMessage, body: string): StatusError =>
  new StatusError('InternalError', `the container runtime refused to stream (${statusCode}): ${body.trim()}`);
