import fc from 'fast-check';
import { answerTo, type FakeUpstream, type Script, startFakeUpstream } from './forward/fake-upstream.ts';
import {
  type Decoded,
  decoded,
  endpoint,
  headless,
  namespace,
  queryMessage,
  type QueryFacts,
  service,
  shown,
  slice,
} from './test-builders.ts';
import { type TestServer, testServer } from './test-server.ts';

const UDP = { transport: 'udp', family: 4 } as const;
const AXFR = 252;

describe('createResponder', () => {
  const cleanups: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });

  function start(options: Parameters<typeof testServer>[0] = {}): TestServer {
    const server = testServer(options);
    cleanups.push(() => server[Symbol.dispose]());
    server.index.onNamespace({ next: namespace('ns') });
    return server;
  }

  async function upstream(script: Script): Promise<FakeUpstream> {
    const fake = await startFakeUpstream(script);
    cleanups.push(async () => {
      await fake[Symbol.asyncDispose]();
    });
    return fake;
  }

  async function ask({ respond }: TestServer, name: string, type: string, facts: QueryFacts = {}): Promise<Decoded> {
    const response = await respond(queryMessage(name, type, facts), UDP);
    if (!response) throw new Error(`no answer for ${name}`);
    return decoded(response);
  }

  it('answers a change of endpoints with the next question', async () => {
    const server = start();
    server.index.onService({ next: headless('db') });
    const lines = async () => shown((await ask(server, 'db.ns.svc.cluster.local', 'A')).answers);
    expect(await lines()).toEqual([]);
    const next = slice('db', [endpoint('10.0.0.1')]);
    server.index.onSlice({ next });
    expect(await lines()).toEqual(['db.ns.svc.cluster.local 5 A 10.0.0.1']);
    server.index.onSlice({ prev: next, next: slice('db', [endpoint('10.0.0.2')]) });
    expect(await lines()).toEqual(['db.ns.svc.cluster.local 5 A 10.0.0.2']);
  });

  it('answers known questions at once, from bytes', () => {
    const server = start();
    const query = queryMessage('x.ns.svc.cluster.local', 'A');
    expect(server.respond(query, UDP)).toBeInstanceOf(Buffer);
    expect(server.cache.size).toBe(1);
    expect(decoded(server.respond(queryMessage('X.ns.svc.cluster.local', 'A', { id: 7 }), UDP) as Buffer)).toMatchObject({
      id: 7,
      rcode: 'NXDOMAIN',
      questions: [{ name: 'X.ns.svc.cluster.local' }],
      authorities: [{ type: 'SOA', name: 'cluster.local' }],
    });
    expect(server.metrics.text()).toContain('coredns_cache_hits_total{server="dns://:53",zones=".",view=""} 1');
  });

  it.each([
    { name: 'a zone transfer', of: 'cluster.local', type: 'AXFR', want: 'REFUSED' },
    { name: 'an incremental one', of: 'cluster.local', type: 'IXFR', want: 'REFUSED' },
    { name: 'another meta type', of: 'cluster.local', type: 'TSIG', want: 'NOTIMP' },
    { name: "others' names without an upstream server", of: 'example.com', type: 'A', want: 'REFUSED' },
  ])('refuses $name', async ({ of, type, want }) => {
    expect(await ask(start(), of, type)).toMatchObject({ rcode: want, answers: [] });
  });

  it('refuses EDNS versions it does not know with the one it does', async () => {
    const answer = await ask(start(), 'cluster.local', 'A', { edns: { ednsVersion: 1 } });
    expect(answer.additionals).toMatchObject([{ type: 'OPT', ednsVersion: 0, extendedRcode: 1 }]);
  });

  it("says SERVFAIL for the cluster's names until it knows them", async () => {
    let isSynced = false;
    const server = start({ isSynced: () => isSynced });
    expect(await ask(server, 'x.ns.svc.cluster.local', 'A')).toMatchObject({ rcode: 'SERVFAIL' });
    expect(await ask(server, '1.0.0.10.in-addr.arpa', 'PTR')).toMatchObject({ rcode: 'SERVFAIL' });
    isSynced = true;
    expect(await ask(server, 'x.ns.svc.cluster.local', 'A')).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  it('forwards the rest, and answers it from memory with the time that is left', async () => {
    const fake = await upstream(query => [answerTo(query, [{ type: 'A', name: 'example.com', ttl: 60, data: '192.0.2.1' }])]);
    const server = start({ upstreams: [fake.address] });
    for (const name of ['example.com', 'Example.COM']) {
      const answer = await ask(server, name, 'A');
      expect(answer).toMatchObject({ id: 0x1234, flag_ra: true, flag_aa: false, questions: [{ name }] });
      expect(shown(answer.answers)).toEqual(['example.com 60 A 192.0.2.1']);
    }
    expect(fake.asked).toHaveLength(1);
  });

  it('does not ask others for a client that does not want that', async () => {
    const fake = await upstream(query => [answerTo(query)]);
    expect(await ask(start({ upstreams: [fake.address] }), 'example.com', 'A', { flags: 0 })).toMatchObject({ rcode: 'REFUSED' });
    expect(fake.asked).toHaveLength(0);
  });

  it('answers ANY for any name with one record of its own', async () => {
    const fake = await upstream(query => [answerTo(query)]);
    const answer = await ask(start({ upstreams: [fake.address] }), 'example.com', 'ANY');
    expect(answer.answers).toMatchObject([{ type: 'HINFO' }]);
    expect(fake.asked).toHaveLength(0);
  });

  describe('an ExternalName', () => {
    const external = (name: string, externalName: string) => service(name, { type: 'ExternalName', externalName });

    it('is followed to where it leads, through upstream servers', async () => {
      const fake = await upstream(query => [
        answerTo(query, [
          { type: 'CNAME', name: 'www.example.com', ttl: 60, data: 'host.example.com' },
          { type: 'A', name: 'host.example.com', ttl: 60, data: '192.0.2.1' },
        ]),
      ]);
      const server = start({ upstreams: [fake.address] });
      server.index.onService({ next: external('out', 'www.example.com') });
      expect(shown((await ask(server, 'out.ns.svc.cluster.local', 'A')).answers)).toEqual([
        'out.ns.svc.cluster.local 5 CNAME www.example.com',
        'www.example.com 60 CNAME host.example.com',
        'host.example.com 60 A 192.0.2.1',
      ]);
    });

    it('is followed within the cluster', async () => {
      const server = start();
      server.index.onService({ next: external('out', 'WEB.ns.svc.cluster.local') });
      server.index.onService({ next: service('web', { clusterIP: '10.96.0.1' }) });
      const answer = await ask(server, 'out.ns.svc.cluster.local', 'A');
      expect(shown(answer.answers)).toEqual([
        'out.ns.svc.cluster.local 5 CNAME web.ns.svc.cluster.local',
        'web.ns.svc.cluster.local 5 A 10.96.0.1',
      ]);
    });

    it.each([
      { name: 'itself', to: 'out.ns.svc.cluster.local', want: 'SERVFAIL' },
      { name: 'a name that is missing in the cluster', to: 'gone.ns.svc.cluster.local', want: 'NXDOMAIN' },
      { name: 'a name outside that nobody can be asked for', to: 'example.com', want: 'NOERROR' },
    ])('that leads to $name is $want', async ({ to, want }) => {
      const server = start();
      server.index.onService({ next: external('out', to) });
      const answer = await ask(server, 'out.ns.svc.cluster.local', 'A');
      expect(answer).toMatchObject({
        rcode: want,
        answers: expect.arrayContaining([expect.objectContaining({ type: 'CNAME', data: to })]),
      });
    });

    it('fails with the upstream servers', async () => {
      const fake = await upstream(query => [answerTo(query, [], { flags: 2 })]);
      const server = start({ upstreams: [fake.address] });
      server.index.onService({ next: external('out', 'www.example.com') });
      expect(await ask(server, 'out.ns.svc.cluster.local', 'A')).toMatchObject({ rcode: 'SERVFAIL' });
    });
  });

  it('stops to ask a server that asks it', async () => {
    const looped: Promise<Decoded>[] = [];
    const asking: { server?: TestServer } = {};
    const fake = await upstream(query => {
      const [question] = query.questions ?? [];
      if (asking.server && question) looped.push(ask(asking.server, question.name, question.type));
      return [answerTo(query)];
    });
    const server = (asking.server = start({ upstreams: [fake.address] }));
    await server.loopGuard.probe(new AbortController().signal);
    expect(await Promise.all(looped)).toMatchObject([{ rcode: 'REFUSED' }]);
    expect(await ask(server, 'example.com', 'A')).toMatchObject({ rcode: 'REFUSED' });
    expect(fake.asked).toHaveLength(1);
  });

  it('counts as CoreDNS does', async () => {
    const server = start();
    await ask(server, 'x.ns.svc.cluster.local', 'A');
    const axfr = queryMessage('cluster.local', 'A');
    axfr.writeUInt16BE(AXFR, axfr.length - 4);
    await server.respond(axfr, { transport: 'tcp', family: 6 });
    await server.respond(Buffer.alloc(12), UDP);
    const text = server.metrics.text();
    expect(text).toContain(
      'coredns_dns_requests_total{server="dns://:53",zone="cluster.local.",view="",proto="udp",family="1",type="A"} 1',
    );
    expect(text).toContain('coredns_dns_requests_total{server="dns://:53",zone=".",view="",proto="tcp",family="2",type="AXFR"} 1');
    expect(text).toContain('coredns_dns_requests_total{server="dns://:53",zone="dropped",view="",proto="udp",family="1",type="other"} 1');
    expect(text).toContain(
      'coredns_dns_responses_total{server="dns://:53",zone="cluster.local.",view="",rcode="NXDOMAIN",plugin="kubernetes"} 1',
    );
  });

  it('survives any bytes', () => {
    const server = start();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        const response = server.respond(Buffer.from(bytes), UDP);
        if (Buffer.isBuffer(response)) expect(decoded(response).type).toBe('response');
      }),
      { numRuns: 2_000 },
    );
    expect(server.metrics.text()).toContain('coredns_panics_total 0');
  });
});
