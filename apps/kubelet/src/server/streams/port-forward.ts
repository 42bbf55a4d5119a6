import type { Socket } from 'node:net';
import { StatusError } from '@steersman/status';
import { codecOf, type ChannelCodec } from './channel-codec.ts';
import { dial } from './dial.ts';
import { onDrain } from './on-drain.ts';
import type { Upgrade } from './pass-spdy.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';
import { chooseProtocol, WebSocket } from './web-socket.ts';

/** SPDY frames inside WebSocket messages: what kubectl speaks since 1.31. */
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
/** One connection per port of the query: what browsers and client libraries speak. */
const CHANNELS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''];
/** What we speak with runtimes. */
const RUNTIME_PROTOCOL = 'portforward.k8s.io';

/** Port-forward of a WebSocket client, at the URL the runtime gave for it. */
export async function servePortForward(upgrade: Upgrade, url: string, ports: readonly number[]): Promise<void> {
  const protocol = chooseProtocol(upgrade.request, [TUNNEL, ...CHANNELS]);
  if (protocol !== TUNNEL && ports.length === 0) throw new StatusError('BadRequest', 'query parameter "ports" is required');
  const { socket, head } = await dial(url, [RUNTIME_PROTOCOL]);
  const client = new WebSocket(upgrade, protocol);
  if (protocol === TUNNEL) await tunnel(client, upgrade.head, { socket, head });
  else await forwardPorts(client, upgrade.head, { spdy: new SpdyConnection(socket, head), codec: codecOf(protocol), ports });
}

/** Bytes in messages are bytes to the runtime, and back. */
async function tunnel(
  client: WebSocket,
  clientHead: Buffer,
  { socket, head }: { readonly socket: Socket; readonly head: Buffer },
): Promise<void> {
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()));
  const toClient = (data: Buffer): void => {
    if (client.send(data)) return;
    socket.pause();
    client.onDrain(() => socket.resume());
  };
  const onSocketDrain = onDrain(socket);
  if (head.length > 0) toClient(head);
  socket.on('data', toClient);
  socket.on('error', () => {}); // 'close' follows
  client.start(clientHead, {
    onMessage: message => {
      if (socket.destroyed || socket.write(message)) return;
      client.pause();
      onSocketDrain(() => client.resume());
    },
    onClose: () => socket.destroy(),
  });
  await closed;
  client.close();
}

interface Forwarding {
  readonly spdy: SpdyConnection;
  readonly codec: ChannelCodec;
  readonly ports: readonly number[];
}

/** The n-th port has channels 2n for data and 2n+1 for errors; each begins with the port, little-endian. */
async function forwardPorts(client: WebSocket, clientHead: Buffer, { spdy, codec, ports }: Forwarding): Promise<void> {
  using _ = spdy;
  const send = (channel: number, data: Buffer): boolean => {
    const more = client.send(codec.encode(channel, data), { text: codec.text });
    if (!more) client.onDrain(() => spdy.resume());
    return more;
  };
  ports.forEach((port, n) => [2 * n, 2 * n + 1].forEach(channel => send(channel, littleEndian(port))));
  const inputs = await Promise.all(ports.map((port, n) => connectPort(spdy, { port, n, send })));
  client.start(clientHead, {
    onMessage: message => {
      const { channel, data } = codec.decode(message);
      if (channel % 2 !== 0 || inputs[channel / 2]?.write(data) !== false) return;
      client.pause();
      spdy.onDrain(() => client.resume());
    },
    onClose: () => spdy[Symbol.dispose](),
  });
  await spdy.closed;
  client.close();
}

interface PortChannel {
  readonly port: number;
  readonly n: number;
  readonly send: (channel: number, data: Buffer) => boolean;
}

/** A runtime pairs the two streams of a connection by their request id. */
async function connectPort(spdy: SpdyConnection, { port, n, send }: PortChannel): Promise<SpdyStream> {
  const headers = { port: String(port), requestid: String(n) };
  const [errors, data] = await Promise.all([
    spdy.open({ ...headers, streamtype: 'error' }, { onData: text => send(2 * n + 1, text) }),
    spdy.open({ ...headers, streamtype: 'data' }, { onData: bytes => send(2 * n, bytes) }),
  ]);
  errors.end();
  return data;
}

function littleEndian(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  return bytes;
}
