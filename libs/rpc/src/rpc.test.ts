import { ServerCredentials, credentials } from '@grpc/grpc-js';
import { StatusError } from '@steersman/status';
import { newTrace, withTrace } from '@steersman/telemetry';
import { loadApiService, type CallRequest, type CallResponse, type Sent } from './index.ts';
import { Channel } from './channel.ts';
import { fromGrpcError, toGrpcError } from './errors.ts';
import { bidiStream, type ServerStream } from './handlers.ts';
import { startRpcServer } from './server.ts';

type Stream = ServerStream<CallRequest, Sent<CallResponse>>;

const api = loadApiService();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(call: (stream: Stream) => Promise<void>) {
  const server = await startRpcServer({
    addresses: ['127.0.0.1:0'],
    credentials: ServerCredentials.createInsecure(),
    services: [{ definition: api.definition, handlers: { Call: bidiStream(call), Watch: bidiStream(async () => {}) } }],
  });
  cleanups.push(() => server.stop(0));
  const channel = new Channel({ address: `127.0.0.1:${server.port}`, credentials: credentials.createInsecure() });
  cleanups.push(() => channel[Symbol.dispose]());
  return channel;
}

function collect(channel: Channel, signal?: AbortSignal) {
  const stream = channel.bidiStream(api.methods.Call, signal ? { signal } : {});
  const received: CallResponse[] = [];
  const ended = new Promise<Error | undefined>(resolve => stream.start({ onMessage: message => received.push(message), onEnd: resolve }));
  return { stream, received, ended };
}

describe('bidiStream', () => {
  it('carries messages both ways with defaults filled in, and ends when both sides are done', async () => {
    const channel = await serve(async ({ messages, send }) => {
      for await (const { id, verb } of messages) send({ id, code: 200, body: Buffer.from(verb) });
    });
    const { stream, received, ended } = collect(channel);
    stream.send({ id: 1, verb: 'get' });
    stream.end();
    expect(await ended).toBeUndefined();
    expect(received).toEqual([{ id: 1, code: 200, body: Buffer.from('get'), more: false, drain: false, warnings: [] }]);
  });

  it('gives the client the reason and message a handler threw', async () => {
    const channel = await serve(async () => {
      throw new StatusError('Expired', 'too old resource version: 5 (9)');
    });
    expect(await collect(channel).ended).toMatchObject({ reason: 'Expired', message: 'too old resource version: 5 (9)' });
  });

  it('aborts the handler when the client aborts', async () => {
    const started = Promise.withResolvers<AbortSignal>();
    const channel = await serve(async ({ signal }) => {
      started.resolve(signal);
      await new Promise(resolve => signal.addEventListener('abort', resolve));
    });
    const stop = new AbortController();
    const { ended } = collect(channel, stop.signal);
    const handler = await started.promise;
    stop.abort();
    expect(await ended).toBeInstanceOf(Error);
    if (!handler.aborted) await new Promise(resolve => handler.addEventListener('abort', resolve));
  });

  it("hands the caller's trace to the handler", async () => {
    const seen = Promise.withResolvers<string | undefined>();
    const channel = await serve(async ({ trace }) => seen.resolve(trace?.traceId));
    const trace = newTrace();
    withTrace(trace, () => collect(channel));
    expect(await seen.promise).toBe(trace.traceId);
  });
});

describe('fromGrpcError', () => {
  it('keeps the whole status, details included', () => {
    const sent = new StatusError('Conflict', 'changed', { details: { name: 'a', kind: 'pods' } });
    const wire = Object.assign(new Error('10 ABORTED'), toGrpcError(sent));
    expect(fromGrpcError(wire)).toMatchObject({ reason: 'Conflict', message: 'changed', details: { name: 'a', kind: 'pods' } });
  });

  it.each([
    { name: 'no connection', code: 14, want: 'ServiceUnavailable' },
    { name: 'deadline', code: 4, want: 'Timeout' },
    { name: 'unknown', code: 2, want: 'InternalError' },
  ])('reads the code where there is no status: $name', ({ code, want }) => {
    expect(fromGrpcError(Object.assign(new Error('x'), { code, details: 'x' }))).toMatchObject({ reason: want });
  });
});
