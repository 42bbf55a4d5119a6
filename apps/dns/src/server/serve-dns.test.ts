import { once } from 'node:events';
import { connect } from 'node:net';
import { silentLogger } from '@steersman/telemetry';
import { decoded, endpoint, headless, queryMessage, shown, slice } from '../test-builders.ts';
import type { Respond } from '../responder.ts';
import { type TestServer, testServer } from '../test-server.ts';
import { serveDns } from './serve-dns.ts';
import { serveTcp } from './serve-tcp.ts';
import type { Served } from './serve-udp.ts';
import { askTcp, askUdp, framed } from './test-client.ts';

const MANY = 100;
const NAME = 'db.ns.svc.cluster.local';

describe('serveDns', () => {
  let server: TestServer;
  let served: Served;

  beforeAll(async () => {
    server = testServer();
    server.index.onService({ next: headless('db') });
    server.index.onSlice({
      next: slice(
        'db',
        Array.from({ length: MANY }, (_, at) => endpoint(`10.0.0.${at}`)),
      ),
    });
    served = await serveDns({ address: '127.0.0.1', port: 0, respond: server.respond, log: silentLogger });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    server[Symbol.dispose]();
  });

  it('cuts an answer over UDP, and gives all of it over TCP', async () => {
    expect(await askUdp(served.port, queryMessage(NAME, 'A'))).toMatchObject({ flag_tc: true });
    const [answer] = await askTcp(served.port, [framed(queryMessage(NAME, 'A'))], 1);
    expect(answer).toMatchObject({ flag_tc: false, answers: { length: MANY } });
  });

  it('answers several queries of one connection, however they are cut', async () => {
    const stream = Buffer.concat([1, 2, 3].map(id => framed(queryMessage('cluster.local', 'SOA', { id }))));
    const chunks = [stream.subarray(0, 1), stream.subarray(1, 20), stream.subarray(20, 70), stream.subarray(70)];
    const answers = await askTcp(served.port, chunks, 3);
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(shown(answers[2]?.answers)).toEqual(['cluster.local 5 SOA ns.dns.cluster.local hostmaster.cluster.local 7 7200 1800 86400 5']);
  });

  it('goes on after garbage', async () => {
    const answers = await askTcp(
      served.port,
      [framed(Buffer.from('garbage')), framed(Buffer.alloc(0)), framed(queryMessage('cluster.local', 'SOA'))],
      1,
    );
    expect(answers).toMatchObject([{ rcode: 'NOERROR' }]);
    await expect(askUdp(served.port, Buffer.alloc(12))).resolves.toMatchObject({ rcode: 'FORMERR' });
  });

  it('answers a client that closes its side after its last question', async () => {
    const late: Respond = async message => {
      await new Promise(resolve => setImmediate(resolve));
      return server.respond(message, { transport: 'tcp', family: 4 });
    };
    await using slow = await serveTcp({ address: '127.0.0.1', port: 0, respond: late, log: silentLogger });
    const socket = connect({ port: slow.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(framed(queryMessage('cluster.local', 'SOA')));
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    expect(decoded(Buffer.concat(chunks).subarray(2))).toMatchObject({ rcode: 'NOERROR' });
  });

  it('closes connections that are idle', async () => {
    await using idle = await serveTcp({ address: '127.0.0.1', port: 0, respond: server.respond, log: silentLogger, idleMs: 20 });
    expect(await askTcp(idle.port, [Buffer.from([0])], 1)).toEqual([]);
  });

  it('closes connections beyond its limit', async () => {
    await using small = await serveTcp({ address: '127.0.0.1', port: 0, respond: server.respond, log: silentLogger, maxConnections: 1 });
    const first = connect(small.port, '127.0.0.1');
    await once(first, 'connect');
    expect(await askTcp(small.port, [], 1)).toEqual([]);
    first.destroy();
  });

  it('refuses to share a port', async () => {
    await expect(serveDns({ address: '127.0.0.1', port: served.port, respond: server.respond, log: silentLogger })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});
