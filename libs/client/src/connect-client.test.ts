import { credentials, ServerCredentials } from '@grpc/grpc-js';
import {
  bidiStream,
  type CallRequest,
  type CallResponse,
  loadApiService,
  type Sent,
  type ServerStream,
  startRpcServer,
  type WatchRequest,
  type WatchResponse,
} from '@steersman/rpc';
import { StatusError } from '@steersman/status';
import { newTrace, withTrace } from '@steersman/telemetry';
import { type ApiObject, defineKind } from '@steersman/types';
import type { WatchEvent } from './client.ts';
import { clientOver } from './connect-client.ts';

interface Thing extends ApiObject {
  spec?: { size: number };
}
const thingKind = defineKind<Thing>({
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  scope: 'Namespaced',
  schema: 'V1Thing',
  columns: [],
});
const thing = (name: string) => ({ metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', creationTimestamp: '' } });
const ref = (name: string) => ({ namespace: 'ns', name });

type CallStream = ServerStream<CallRequest, Sent<CallResponse>>;
type WatchStream = ServerStream<WatchRequest, Sent<WatchResponse>>;
type Answer = (request: CallRequest, stream: CallStream) => void | Promise<void>;

const api = loadApiService();
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that answers each call as `answer` says, and hands its watch streams over. */
async function serve({
  answer = echo,
  onWatch = async () => {},
  port = 0,
}: { answer?: Answer; onWatch?: (stream: WatchStream) => Promise<void>; port?: number } = {}) {
  const Call = bidiStream<CallRequest, Sent<CallResponse>>(async stream => {
    for await (const request of stream.messages) void answer(request, stream);
  });
  const server = await startRpcServer({
    addresses: [`127.0.0.1:${port}`],
    credentials: ServerCredentials.createInsecure(),
    services: [{ definition: api.definition, handlers: { Call, Watch: bidiStream(onWatch) } }],
  });
  const stop = () => server.stop(0);
  cleanups.push(stop);
  return { port: server.port, stop };
}

const echo: Answer = ({ id, name }, { send }) => void send({ id, code: 200, body: json(thing(name)) });

function connect(port: number, timeoutMs = 3_000) {
  const client = clientOver(() => ({ address: `127.0.0.1:${port}`, credentials: credentials.createInsecure() }), { timeoutMs });
  cleanups.push(() => client[Symbol.asyncDispose]());
  return client.of(thingKind);
}

describe('clientOver', () => {
  it('sends what REST would, and answers calls in any order', async () => {
    const requests: CallRequest[] = [];
    const { port } = await serve({
      answer: (request, stream) => {
        requests.push(request);
        if (requests.length === 2) for (const one of [...requests].reverse()) void echo(one, stream);
      },
    });
    const things = connect(port);
    const [a, b] = await Promise.all([
      things.get(ref('a')),
      things.create({ metadata: { name: 'b', namespace: 'ns' }, spec: { size: 1 } }),
    ]);
    expect([a.metadata.name, b.metadata.name]).toEqual(['a', 'b']);
    expect(requests[0]).toMatchObject({
      verb: 'get',
      namespace: 'ns',
      name: 'a',
      resource: { group: 'example.com', version: 'v1', resource: 'things', subresource: '' },
    });
    expect(requests[1]).toMatchObject({ verb: 'create', contentType: 'application/json' });
    expect(JSON.parse(requests[1]!.body.toString())).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 'b', namespace: 'ns' },
      spec: { size: 1 },
    });
  });

  it('puts a body together that comes in parts', async () => {
    const body = json({ metadata: { resourceVersion: '7', continue: 'more' }, items: [thing('a'), thing('b')] });
    const { port } = await serve({
      answer: ({ id, options }, { send }) => {
        expect(options).toEqual({ limit: '2', labelSelector: 'app=web' });
        send({ id, code: 200, body: body.subarray(0, 10), more: true });
        send({ id, code: 200, body: body.subarray(10) });
      },
    });
    expect(await connect(port).list({ limit: 2, labelSelector: 'app=web' })).toMatchObject({
      items: [{}, {}],
      resourceVersion: '7',
      continue: 'more',
    });
  });

  it('throws the status the server answers with', async () => {
    const refusal = new StatusError('Conflict', 'changed', { details: { name: 'a' } });
    const { port } = await serve({ answer: ({ id }, { send }) => void send({ id, code: refusal.http, body: json(refusal.toStatus()) }) });
    await expect(connect(port).get(ref('a'))).rejects.toMatchObject({ reason: 'Conflict', message: 'changed', details: { name: 'a' } });
  });

  it('gives up after its deadline, and at once when told to', async () => {
    const { port } = await serve({ answer: () => {} });
    await expect(connect(port, 50).get(ref('a'))).rejects.toMatchObject({ reason: 'Timeout' });
    const stop = new AbortController();
    const call = connect(port).get(ref('a'), { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('passes the trace of the caller on', async () => {
    const seen = Promise.withResolvers<string>();
    const { port } = await serve({
      answer: (request, stream) => {
        seen.resolve(request.traceparent);
        return echo(request, stream);
      },
    });
    const trace = newTrace();
    await withTrace(trace, () => connect(port).get(ref('a')));
    expect(await seen.promise).toContain(trace.traceId);
  });

  it('waits for a server that is not there yet', async () => {
    const { port, stop } = await serve();
    await stop();
    const call = connect(port).get(ref('a'));
    await serve({ port });
    expect((await call).metadata.name).toBe('a');
  });

  it('sends reads again after a lost connection, and fails writes', async () => {
    const arrived: string[] = [];
    const both = Promise.withResolvers<void>();
    const { port, stop } = await serve({
      answer: ({ verb }) => {
        if (arrived.push(verb) === 2) both.resolve();
      },
    });
    const things = connect(port);
    const read = things.get(ref('a'));
    const write = things.delete(ref('b'));
    write.catch(() => {});
    await both.promise;
    await stop();
    await serve({ port });
    expect((await read).metadata.name).toBe('a');
    await expect(write).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
  });

  it('finishes on a draining stream what it began there, and begins on another', async () => {
    const streams: CallStream[] = [];
    const held: { id: number; stream: CallStream }[] = [];
    const { port } = await serve({
      answer: (request, stream) => {
        if (!streams.includes(stream)) streams.push(stream);
        if (request.name !== 'slow') return echo(request, stream);
        held.push({ id: request.id, stream });
        stream.send({ id: 0, drain: true });
      },
    });
    const things = connect(port);
    const slow = things.get(ref('slow'));
    while (held.length === 0) await new Promise(resolve => setImmediate(resolve));
    await new Promise(resolve => setTimeout(resolve, 20));
    await things.get(ref('quick'));
    expect(streams).toHaveLength(2);
    held[0]!.stream.send({ id: held[0]!.id, code: 200, body: json(thing('slow')) });
    expect((await slow).metadata.name).toBe('slow');
  });
});

describe('watch', () => {
  const object = json(thing('a'));

  async function watching(onWatch: (stream: WatchStream, request: WatchRequest) => void, signal = new AbortController().signal) {
    const { port, stop } = await serve({
      onWatch: async stream => {
        for await (const request of stream.messages) onWatch(stream, request);
      },
    });
    const events: WatchEvent<Thing>[] = [];
    const ended = (async () => {
      for await (const event of connect(port).watch({ fieldSelector: 'spec.nodeName=n1', sendInitialEvents: true, signal }))
        events.push(event);
    })();
    ended.catch(() => {});
    return { events, ended, stop };
  }

  const has = async (events: readonly unknown[], count: number): Promise<void> => {
    while (events.length < count) await new Promise(resolve => setImmediate(resolve));
  };

  it('subscribes as REST would, and yields events with their traces', async () => {
    let subscribed: WatchRequest | undefined;
    const { events } = await watching((stream, request) => {
      subscribed = request;
      const bookmark = json({ metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } } });
      const id = request.subscribe?.id ?? 0;
      stream.send({
        events: [
          { id, type: 'ADDED', object, traceparent: '00-x' },
          { id, type: 'BOOKMARK', object: bookmark },
          { id: id + 1, type: 'ADDED', object },
        ],
      });
    });
    await has(events, 2);
    expect(subscribed?.subscribe?.options).toEqual({
      fieldSelector: 'spec.nodeName=n1',
      allowWatchBookmarks: 'true',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
    });
    expect(events).toEqual([
      { type: 'ADDED', object: thing('a'), traceparent: '00-x' },
      { type: 'BOOKMARK', resourceVersion: '9', initialEventsEnd: true },
    ]);
  });

  it.each<{ name: string; message: (id: number) => Sent<WatchResponse>; want: string | undefined }>([
    {
      name: 'fails with the status of an error event',
      message: id => ({ events: [{ id, type: 'ERROR', object: json(new StatusError('Expired', 'too old').toStatus()) }] }),
      want: 'Expired',
    },
    {
      name: 'ends, after what came before, when the server drains',
      message: id => ({ events: [{ id, type: 'ADDED', object }], drain: true }),
      want: undefined,
    },
  ])('$name', async ({ message, want }) => {
    const { ended } = await watching((stream, request) => void stream.send(message(request.subscribe?.id ?? 0)));
    const outcome = await ended.then(
      () => undefined,
      (err: StatusError) => err.reason,
    );
    expect(outcome).toBe(want);
  });

  it('fails when the connection is lost', async () => {
    const { ended, events, stop } = await watching(
      (stream, request) => void stream.send({ events: [{ id: request.subscribe?.id ?? 0, type: 'ADDED', object }] }),
    );
    await has(events, 1);
    await stop();
    await expect(ended).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
  });

  it('ends and unsubscribes when aborted', async () => {
    const stop = new AbortController();
    const unsubscribed = Promise.withResolvers<number | undefined>();
    const { ended, events } = await watching((stream, request) => {
      if (request.change === 'unsubscribe') unsubscribed.resolve(request.unsubscribe?.id);
      else stream.send({ events: [{ id: request.subscribe?.id ?? 0, type: 'ADDED', object }] });
    }, stop.signal);
    await has(events, 1);
    stop.abort();
    await ended;
    expect(await unsubscribed.promise).toBe(1);
  });
});
