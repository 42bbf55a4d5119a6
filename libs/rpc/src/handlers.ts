import { once } from 'node:events';
import type { handleBidiStreamingCall, handleServerStreamingCall, handleUnaryCall, Metadata } from '@grpc/grpc-js';
import type { TraceContext } from '@steersman/telemetry';
import { type Peer, peerOf } from './credentials.ts';
import { toGrpcError } from './errors.ts';
import { traceOf } from './trace-metadata.ts';

export interface CallContext {
  /** Aborts when the client cancels or is gone. */
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
  /** Who the client's certificate names; absent on connections without one. */
  readonly peer: Peer | undefined;
  readonly trace: TraceContext | undefined;
}

/** A unary method: throw a StatusError to fail, honour `signal` to stop early. */
export const unary =
  <Req, Res>(handler: (request: Req, context: CallContext) => Promise<Res>): handleUnaryCall<Req, Res> =>
  (call, callback) => {
    handler(call.request, contextOf(call)).then(
      response => callback(null, response),
      (err: unknown) => callback(toGrpcError(err)),
    );
  };

/** A server-streaming method: yield messages; slow clients pause the generator. */
export const serverStream =
  <Req, Res>(handler: (request: Req, context: CallContext) => AsyncIterable<Res>): handleServerStreamingCall<Req, Res> =>
  async call => {
    const context = contextOf(call);
    try {
      for await (const message of handler(call.request, context)) {
        if (!call.write(message)) await once(call, 'drain', { signal: context.signal });
      }
      call.end();
    } catch (err) {
      if (!context.signal.aborted) call.emit('error', toGrpcError(err)); // destroy() would never send the status
    }
  };

/** The server's half of a two-way stream. */
export interface ServerStream<Req, Res> extends CallContext {
  /** Ends when the client has ended its half; throws when `signal` aborts. */
  readonly messages: AsyncIterable<Req>;
  /** False when the transport's buffer is full: await `drained` before sending more. */
  readonly send: (message: Res) => boolean;
  readonly drained: () => Promise<void>;
}

/** A two-way method: the stream ends well when `handler` resolves, and with a status when it throws. */
export const bidiStream =
  <Req, Res>(handler: (stream: ServerStream<Req, Res>) => Promise<void>): handleBidiStreamingCall<Req, Res> =>
  async call => {
    const context = contextOf(call);
    call.on('error', () => {}); // a reset by the client; `signal` tells
    const drained = async (): Promise<void> => {
      if (call.writableNeedDrain) await once(call, 'drain', { signal: context.signal });
    };
    try {
      // Leaving an iteration destroys a stream unless told, and what was not sent yet would be lost with it.
      const messages = call.iterator({ destroyOnReturn: false }) as AsyncIterable<Req>;
      await handler({ ...context, messages, send: message => call.write(message), drained });
      call.end();
    } catch (err) {
      if (!context.signal.aborted) call.emit('error', toGrpcError(err));
    }
  };

interface Cancellable {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  on(event: 'cancelled', listener: () => void): unknown;
  getAuthContext(): { readonly sslPeerCertificate?: Parameters<typeof peerOf>[0] };
}

function contextOf(call: Cancellable): CallContext {
  const cancelled = new AbortController();
  call.on('cancelled', () => cancelled.abort());
  if (call.cancelled) cancelled.abort();
  return {
    signal: cancelled.signal,
    metadata: call.metadata,
    peer: peerOf(call.getAuthContext().sslPeerCertificate),
    trace: traceOf(call.metadata),
  };
}
