import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Answer, type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import type { UpstreamAddress } from './upstream-address.ts';

/** What a server under test sends for a question: nothing, or messages in order. */
export type Script = (query: DecodedPacket, transport: 'udp' | 'tcp', count: number) => readonly (Packet | Buffer)[];

export interface FakeUpstream extends AsyncDisposable {
  readonly address: UpstreamAddress;
  /** What it was asked, in order. */
  readonly asked: DecodedPacket[];
  /** Source ports of what came over UDP. */
  readonly ports: number[];
}

/** A DNS server on loopback that does as it is told. */
export async function startFakeUpstream(script: Script): Promise<FakeUpstream> {
  const asked: DecodedPacket[] = [];
  const ports: number[] = [];
  const answers = (message: Buffer, transport: 'udp' | 'tcp'): readonly Buffer[] => {
    const query = decode(message);
    asked.push(query);
    return script(query, transport, asked.length).map(answer => (Buffer.isBuffer(answer) ? answer : encode(answer)));
  };
  const udp = createSocket('udp4');
  udp.on('message', (message: Buffer, from: RemoteInfo) => {
    ports.push(from.port);
    for (const answer of answers(message, 'udp')) udp.send(answer, from.port, from.address);
  });
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const { port } = udp.address();
  const tcp = createServer(socket => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      for (const answer of answers(chunk.subarray(2), 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(length);
        socket.write(answer);
      }
    });
  });
  tcp.listen(port, '127.0.0.1');
  await once(tcp, 'listening');
  return {
    address: { host: '127.0.0.1', port },
    asked,
    ports,
    [Symbol.asyncDispose]: async () => {
      udp.close();
      tcp.close();
      await once(tcp, 'close');
    },
  };
}

/** A plain answer to a query. */
export const answerTo = (query: DecodedPacket, answers: Answer[] = [], more: Packet = {}): Packet => ({
  type: 'response',
  ...(query.id !== undefined && { id: query.id }),
  flags: 0x180,
  ...(query.questions && { questions: query.questions }),
  answers,
  ...more,
});
