import { StatusError, type Status } from '@steersman/status';
import { type ChannelCodec, codecOf } from './channel-codec.ts';
import { dial } from './dial.ts';
import type { Upgrade } from './pass-spdy.ts';
import { SpdyConnection, type SpdyStream, type SpdyStreamHandlers } from './spdy-connection.ts';
import { chooseProtocol, WebSocket } from './web-socket.ts';

/** Which of the streams of exec and attach there are; a terminal has no stderr of its own. */
export interface RemoteStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** Best first; the empty one is for clients that name none. Those of v4 and v5 end with a metav1.Status, the others with a text. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io', ''];

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, /** v5: the client has ended the channel it names. */ close: 255 };

/** What we speak with runtimes. */
const RUNTIME_PROTOCOL = 'v4.channel.k8s.io';

interface Session {
  readonly client: WebSocket;
  readonly spdy: SpdyConnection;
  readonly codec: ChannelCodec;
  readonly hasStatus: boolean;
}

interface Inputs {
  readonly stdin: SpdyStream | undefined;
  readonly resize: SpdyStream | undefined;
}

/** Exec or attach of a WebSocket client, at the URL the runtime gave for it: its channels are SPDY streams there. */
export async function serveRemoteCommand(upgrade: Upgrade, url: string, streams: RemoteStreams): Promise<void> {
  const protocol = chooseProtocol(upgrade.request, PROTOCOLS);
  const { socket, head } = await dial(url, [RUNTIME_PROTOCOL]);
  using spdy = new SpdyConnection(socket, head);
  const client = new WebSocket(upgrade, protocol);
  const session: Session = { client, spdy, codec: codecOf(protocol), hasStatus: /^v[45]/.test(protocol) };
  const verdict: Buffer[] = [];
  try {
    const inputs = await openStreams(session, streams, verdict);
    greet(session, streams);
    client.start(upgrade.head, {
      onMessage: message => take(message, inputs, session),
      onClose: () => spdy[Symbol.dispose](),
    });
    await spdy.closed;
  } finally {
    const end = verdictOf(Buffer.concat(verdict), session);
    if (end.length > 0) send(session, CHANNEL.error, end);
    client.close();
  }
}

/** In the order in which upstream's clients open them. */
async function openStreams(session: Session, { stdin, stdout, stderr, tty }: RemoteStreams, verdict: Buffer[]): Promise<Inputs> {
  const open = (type: string, handlers?: SpdyStreamHandlers): Promise<SpdyStream> => session.spdy.open({ streamtype: type }, handlers);
  const output = (channel: number): SpdyStreamHandlers => ({ onData: data => send(session, channel, data) });
  const [input, resize] = await Promise.all([
    stdin ? open('stdin') : undefined,
    tty ? open('resize') : undefined,
    open('error', { onData: data => verdict.push(data) > 0 }),
    stdout ? open('stdout', output(CHANNEL.stdout)) : undefined,
    stderr && !tty ? open('stderr', output(CHANNEL.stderr)) : undefined,
  ]);
  return { stdin: input, resize };
}

/** An empty message tells the client that it is connected, as upstream's servers do. */
function greet(session: Session, { stdout, stderr }: RemoteStreams): void {
  send(session, stdout ? CHANNEL.stdout : stderr ? CHANNEL.stderr : CHANNEL.error, Buffer.alloc(0));
}

/** False makes the runtime wait until the client has caught up. */
function send({ client, spdy, codec }: Session, channel: number, data: Buffer): boolean {
  const more = client.send(codec.encode(channel, data), { text: codec.text });
  if (!more) client.onDrain(() => spdy.resume());
  return more;
}

function take(message: Buffer, { stdin, resize }: Inputs, session: Session): void {
  const { channel, data } = session.codec.decode(message);
  if (channel === CHANNEL.resize) resize?.write(data);
  else if (channel === CHANNEL.stdin) feed(stdin, data, session);
  else if (channel === CHANNEL.close && data[0] === CHANNEL.stdin) stdin?.end();
}

/** The client waits while the container does not read. */
function feed(stdin: SpdyStream | undefined, data: Buffer, { client, spdy }: Session): void {
  if (!stdin || data.length === 0 || stdin.write(data)) return;
  client.pause();
  spdy.onDrain(() => client.resume());
}

/** What the error channel says at the end: the runtime's Status as it is, or for older clients the text of a failure. */
function verdictOf(sent: Buffer, { hasStatus }: Session): Buffer {
  const status = sent.length > 0 ? sent : Buffer.from(JSON.stringify(LOST.toStatus()));
  if (hasStatus) return status;
  const { status: outcome, message = '' } = JSON.parse(status.toString('utf8')) as Partial<Status>;
  return Buffer.from(outcome === 'Success' ? '' : message);
}

const LOST = new StatusError('InternalError', 'the container runtime ended the connection before the command was over');
