import { FakeClock } from '@steersman/testing';
import { Metrics, silentLogger } from '@steersman/telemetry';
import type { Answer, DecodedPacket } from 'dns-packet';
import { decoded, optRecord, question, shown } from '../test-builders.ts';
import { RCODE } from '../wire/codes.ts';
import { rcodeOf } from '../wire/reply.ts';
import { answerTo, type FakeUpstream, type Script, startFakeUpstream } from './fake-upstream.ts';
import { forwardMetrics } from './forward.metrics.ts';
import { type Forwarded, Forwarder, type ForwarderDeps } from './forwarder.ts';

/** Long enough for any answer over loopback; tests of silence wait less. */
const PATIENCE_MS = 4_000;
const SILENCE_MS = 400;
const NAME = 'www.example.com';
const address = (data: string, ttl = 60): Answer => ({ type: 'A', name: NAME, ttl, data });
const soa = (minimum: number): Answer => ({
  type: 'SOA',
  name: 'example.com',
  ttl: 900,
  data: { mname: 'ns.example.com', rname: 'root.example.com', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
});
const NXDOMAIN = 3;
const SERVFAIL = 2;
const TRUNCATED = 0x200;

const answers = (forwarded: Forwarded): readonly string[] =>
  'reply' in forwarded
    ? shown(decoded(forwarded.reply.bytes).answers).map(line => line.split(' ').at(-1) ?? '')
    : [`rcode ${forwarded.rcode}`];

describe('Forwarder', () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const upstreams: FakeUpstream[] = [];

  afterEach(async () => {
    await Promise.all(upstreams.splice(0).map(upstream => upstream[Symbol.asyncDispose]()));
  });
  afterAll(() => stop.abort());

  async function start(scripts: readonly Script[], deps: Partial<ForwarderDeps> = {}) {
    for (const script of scripts) upstreams.push(await startFakeUpstream(script));
    const forwarder = new Forwarder({
      upstreams: upstreams.map(upstream => upstream.address),
      clock,
      log: silentLogger,
      metrics: forwardMetrics(new Metrics(), clock),
      signal: stop.signal,
      attemptMs: PATIENCE_MS,
      maxInFlight: 10,
      cacheCapacity: 10,
      ...deps,
    });
    const asked = { key: question(NAME, 'A').key, isDnssecOk: false, isCheckingDisabled: false };
    return { ask: () => forwarder.ask(asked), cached: () => forwarder.cached(asked), forwarder };
  }

  const good: Script = query => [answerTo(query, [address('192.0.2.1')])];
  const silent: Script = () => [];

  it('asks with EDNS, and keeps the answer without the OPT record of the other side', async () => {
    const { ask } = await start([query => [answerTo(query, [address('192.0.2.1')], { additionals: [optRecord()] })]]);
    const forwarded = await ask();
    expect(answers(forwarded)).toEqual(['192.0.2.1']);
    expect('reply' in forwarded && forwarded.reply.counts).toEqual({ answers: 1, authorities: 0, additionals: 0 });
    expect(upstreams[0]?.asked[0]).toMatchObject({ flag_rd: true, additionals: [{ type: 'OPT', udpPayloadSize: 1_232 }] });
  });

  it.each<{ name: string; forged: (query: DecodedPacket) => Parameters<typeof answerTo> | Buffer }>([
    { name: 'another id', forged: query => [{ ...query, id: ((query.id ?? 0) + 1) % 0x1_0000 }, [address('6.6.6.6')]] },
    { name: 'another name', forged: query => [{ ...query, questions: [{ type: 'A', name: 'evil.example.com' }] }, [address('6.6.6.6')]] },
    { name: 'another type', forged: query => [{ ...query, questions: [{ type: 'AAAA', name: NAME }] }, [address('6.6.6.6')]] },
    { name: 'the query itself', forged: query => [query, [address('6.6.6.6')], { type: 'query' }] },
    { name: 'garbage', forged: () => Buffer.from('not a message at all') },
  ])('waits for the true answer when $name comes first', async ({ forged }) => {
    const { ask } = await start([
      query => {
        const bad = forged(query);
        return [Buffer.isBuffer(bad) ? bad : answerTo(...bad), answerTo(query, [address('192.0.2.1')])];
      },
    ]);
    expect(answers(await ask())).toEqual(['192.0.2.1']);
  });

  it('accepts the question in another case', async () => {
    const { ask } = await start([
      query => [answerTo({ ...query, questions: [{ type: 'A', name: NAME.toUpperCase() }] }, [address('192.0.2.1')])],
    ]);
    expect(answers(await ask())).toEqual(['192.0.2.1']);
  });

  it('asks over TCP when the answer was cut', async () => {
    const many = Array.from({ length: 100 }, (_, at) => address(`192.0.2.${at}`));
    const { ask } = await start([
      (query, transport) => [transport === 'udp' ? answerTo(query, [], { flags: TRUNCATED }) : answerTo(query, many)],
    ]);
    expect(answers(await ask())).toHaveLength(100);
  });

  it('asks again when a packet was lost', async () => {
    const { ask } = await start([(query, _, count) => (count === 1 ? [] : good(query, 'udp', count))], { attemptMs: SILENCE_MS });
    expect(answers(await ask())).toEqual(['192.0.2.1']);
    expect(new Set(upstreams[0]?.asked.map(({ id }) => id)).size).toBe(2);
    expect(new Set(upstreams[0]?.ports).size).toBe(2);
  });

  it('asks the next server when one is silent, and the silent one again after a rest', async () => {
    const { ask, cached } = await start([silent, query => [answerTo(query, [address('192.0.2.1', 1)])]], { attemptMs: SILENCE_MS });
    expect(answers(await ask())).toEqual(['192.0.2.1']);
    await clock.advance(999);
    expect(cached()).toBeDefined();
    await clock.advance(1);
    expect(answers(await ask())).toEqual(['192.0.2.1']);
    expect(upstreams.map(({ asked }) => asked.length)).toEqual([2, 2]);
  });

  it('asks the next server first while one that was silent rests', async () => {
    const { ask } = await start([silent, query => [answerTo(query, [address('192.0.2.1', 0)])]], { attemptMs: SILENCE_MS });
    await ask();
    await ask();
    expect(upstreams.map(({ asked }) => asked.length)).toEqual([1, 2]);
  });

  it.each([
    { name: 'SERVFAIL', rcode: SERVFAIL },
    { name: 'REFUSED', rcode: 5 },
  ])('asks the next server when one says $name', async ({ rcode }) => {
    const { ask } = await start([query => [answerTo(query, [], { flags: rcode })], good]);
    expect(answers(await ask())).toEqual(['192.0.2.1']);
  });

  it('asks the next server when nobody listens at one, without waiting', async () => {
    const { ask } = await start([silent, good]);
    await upstreams[0]?.[Symbol.asyncDispose]();
    upstreams.shift();
    expect(answers(await ask())).toEqual(['192.0.2.1']);
  });

  it('asks without EDNS where that is not understood', async () => {
    const { ask } = await start([
      query => [(query.additionals ?? []).length > 0 ? answerTo(query, [], { flags: 1 }) : answerTo(query, [address('192.0.2.1')])],
    ]);
    expect(answers(await ask())).toEqual(['192.0.2.1']);
  });

  it('passes a failure on when all servers say so, and keeps it for a moment', async () => {
    const { ask, cached } = await start([query => [answerTo(query, [], { flags: SERVFAIL })]]);
    const forwarded = await ask();
    expect('reply' in forwarded && rcodeOf(forwarded.reply)).toBe(RCODE.SERVFAIL);
    expect(cached()).toBeDefined();
    await clock.advance(2_001);
    expect(cached()).toBeUndefined();
  });

  it('says SERVFAIL when nobody answers', async () => {
    const { ask } = await start([silent], { attemptMs: SILENCE_MS });
    expect(await ask()).toEqual({ rcode: RCODE.SERVFAIL });
  });

  it('asks once for many clients', async () => {
    const { ask } = await start([good]);
    const all = await Promise.all([ask(), ask(), ask()]);
    expect(all.map(answers)).toEqual([['192.0.2.1'], ['192.0.2.1'], ['192.0.2.1']]);
    expect(upstreams[0]?.asked).toHaveLength(1);
  });

  it('refuses more at once than it may have', async () => {
    const { ask, forwarder } = await start([good], { maxInFlight: 1 });
    const first = ask();
    expect(await forwarder.ask({ key: question('b.example.com', 'A').key, isDnssecOk: false, isCheckingDisabled: false })).toEqual({
      rcode: RCODE.REFUSED,
    });
    expect(answers(await first)).toEqual(['192.0.2.1']);
  });

  it('refuses everything without servers, and once they have all turned out to be itself', async () => {
    const { ask, forwarder } = await start([good]);
    for (const upstream of upstreams) forwarder.drop(upstream.address);
    expect(await ask()).toEqual({ rcode: RCODE.REFUSED });
    expect(forwarder.isAvailable).toBe(false);
  });

  it.each([
    { name: 'an answer for its TTL', script: good, seconds: 60 },
    {
      name: 'an answer for an hour at most',
      script: (query => [answerTo(query, [address('192.0.2.1', 999_999)])]) satisfies Script,
      seconds: 3_600,
    },
    {
      name: 'the shortest TTL of an answer',
      script: (query => [answerTo(query, [address('192.0.2.1', 90), address('192.0.2.2', 30)])]) satisfies Script,
      seconds: 30,
    },
    {
      name: 'a missing name for the minimum of its zone (RFC 2308)',
      script: (query => [answerTo(query, [], { flags: NXDOMAIN, authorities: [soa(40)] })]) satisfies Script,
      seconds: 40,
    },
    {
      name: 'a missing type for five minutes at most',
      script: (query => [answerTo(query, [], { authorities: [soa(86_400)] })]) satisfies Script,
      seconds: 300,
    },
  ])('keeps $name', async ({ script, seconds }) => {
    const { ask, cached } = await start([script]);
    await ask();
    await clock.advance(seconds * 1_000 - 1);
    expect(cached()).toMatchObject({ age: seconds - 1 });
    await clock.advance(1);
    expect(cached()).toBeUndefined();
  });

  it.each<{ name: string; script: Script }>([
    { name: 'a missing name whose zone does not say for how long', script: query => [answerTo(query, [], { flags: NXDOMAIN })] },
    { name: 'an answer with TTL 0', script: query => [answerTo(query, [address('192.0.2.1', 0)])] },
    { name: 'an answer with a TTL that is negative', script: query => [answerTo(query, [address('192.0.2.1', 0xffff_ffff)])] },
  ])('does not keep $name', async ({ script }) => {
    const { ask, cached } = await start([script]);
    await ask();
    expect(cached()).toBeUndefined();
  });
});
