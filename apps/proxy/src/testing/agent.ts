import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Runs in a network namespace of a test: serves on TCP and UDP under its name, and asks others when told on stdin, one JSON per line. */
const [name = '', port = '8080'] = process.argv.slice(2);
const ANSWER_MS = 1_500;

interface Order {
  readonly id: number;
  readonly what: 'tcp' | 'udp' | 'open' | 'say' | 'close';
  readonly host: string;
  readonly port: number;
  /** The local port to ask from. */
  readonly from?: number;
}

const plain = (address: string | undefined): string => (address ?? '').replace('::ffff:', '');
const tell = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const server = createServer(socket => {
  socket.on('error', () => {}); // a caller that goes away is none of our business
  socket.on('data', () => socket.write(`${name} ${plain(socket.remoteAddress)}`));
});
const udp = createSocket('udp6');
udp.on('message', (_, from) => udp.send(`${name} ${plain(from.address)}`, from.port, from.address));

const held = new Map<number, Socket>();

async function tcp(host: string, to: number, keep?: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ host, port: to });
  socket.setTimeout(ANSWER_MS, () => resolve('silence'));
  socket.on('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? err.message));
  socket.on('data', data => resolve(data.toString()));
  socket.write('who?');
  const answer = await promise;
  if (keep === undefined) socket.destroy();
  else held.set(keep, socket);
  return answer;
}

async function say(id: number): Promise<string> {
  const socket = held.get(id);
  if (!socket || socket.destroyed) return 'closed';
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.removeAllListeners('timeout').setTimeout(ANSWER_MS, () => resolve('silence'));
  socket.once('data', data => resolve(data.toString()));
  socket.write('still?');
  return promise;
}

async function datagram(host: string, to: number, from = 0): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? err.message));
  socket.on('message', data => resolve(data.toString()));
  const timer = setTimeout(() => resolve('silence'), ANSWER_MS);
  // Connected, so that a refusal is heard of.
  socket.bind(from, () => socket.connect(to, host, () => socket.send('who?')));
  const answer = await promise;
  clearTimeout(timer);
  socket.close();
  return answer;
}

async function obey({ id, what, host, port: to, from }: Order): Promise<string> {
  if (what === 'tcp') return tcp(host, to);
  if (what === 'udp') return datagram(host, to, from);
  if (what === 'open') return tcp(host, to, from);
  if (what === 'say') return say(from ?? id);
  held.get(from ?? id)?.destroy();
  return 'closed';
}

createInterface({ input: process.stdin })
  .on('line', line => {
    const order = JSON.parse(line) as Order;
    void obey(order).then(answer => tell({ id: order.id, answer }));
  })
  .on('close', () => process.exit(0));
server.listen(Number(port), '::', () => udp.bind(Number(port), '::', () => tell({ id: 0, answer: 'up' })));
