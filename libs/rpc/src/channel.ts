import { addAbortListener } from 'node:events';
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  connectivityState,
  type Metadata,
} from '@grpc/grpc-js';
import { untilAborted } from '@steersman/async';
import { StatusError } from '@steersman/status';
import { hostOf } from './credentials.ts';
import { fromGrpcError } from './errors.ts';
import type { RpcMethod } from './load-proto.ts';
import { traceMetadata } from './trace-metadata.ts';

/** One message; lists come in several. Above the largest object (1.5 MiB) and body (3 MiB) the API takes. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Both sides notice a dead peer within 15 seconds. */
export const KEEPALIVE: ChannelOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
};

/**
 * An address is no name to ask for in TLS (RFC 6066, section 3), and Node refuses to: grpc-js would, so it is given another.
 * Whom the certificate must name is decided by the credentials.
 */
const NO_SNI: ChannelOptions = { 'grpc.ssl_target_name_override': 'address.invalid' };

export interface ChannelTarget {
  /** `host:port`, or `unix:///path`. */
  readonly address: string;
  readonly credentials: ChannelCredentials;
  readonly options?: ChannelOptions;
}

export interface RpcOptions {
  readonly signal?: AbortSignal;
  /** The call fails with Timeout after this long. */
  readonly timeoutMs?: number;
  /** Trace metadata of the caller unless told. */
  readonly metadata?: Metadata;
}

/** A connection of its own, closed with it: opening another after a failure never waits for the back-off of the first. */
export class Channel implements Disposable {
  readonly #client: Client;

  constructor({ address, credentials, options }: ChannelTarget) {
    this.#client = new Client(address, credentials, {
      ...KEEPALIVE,
      'grpc.use_local_subchannel_pool': 1,
      ...(hostOf(address).isIp && NO_SNI),
      ...options,
    });
  }

  /** Resolves once connected; throws ServiceUnavailable when the first attempt fails or `timeoutMs` is over. */
  async ready(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const channel = this.#client.getChannel();
    const until = Date.now() + timeoutMs;
    for (;;) {
      signal.throwIfAborted();
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) return;
      if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN || Date.now() >= until) {
        throw new StatusError('ServiceUnavailable', `no connection to ${channel.getTarget()}`);
      }
      await untilAborted(new Promise<void>(resolve => channel.watchConnectivityState(state, until, () => resolve())), signal);
    }
  }

  /** Throws StatusError, or the abort's reason once `signal` has aborted. */
  async unary<Req, Res>(method: RpcMethod<Req, Res>, request: Req, options: RpcOptions = {}): Promise<Res> {
    const { signal, metadata = traceMetadata() } = options;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Res>();
    const call = this.#client.makeUnaryRequest<Req, Res>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      deadlineOf(options),
      (err, value) => {
        if (err || value === undefined) reject(signal?.aborted ? asError(signal.reason) : asError(fromGrpcError(err)));
        else resolve(value);
      },
    );
    using _ = signal && addAbortListener(signal, () => call.cancel());
    return await promise;
  }

  /** Ends with the server's stream; leaving the loop cancels the call. */
  async *serverStream<Req, Res>(method: RpcMethod<Req, Res>, request: Req, options: RpcOptions = {}): AsyncGenerator<Res> {
    const { signal, metadata = traceMetadata() } = options;
    signal?.throwIfAborted();
    const call = this.#client.makeServerStreamRequest<Req, Res>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      deadlineOf(options),
    );
    using _ = signal && addAbortListener(signal, () => call.cancel());
    try {
      for await (const message of call) yield message as Res;
    } catch (err) {
      throw signal?.aborted ? signal.reason : fromGrpcError(err);
    } finally {
      call.on('error', () => {}); // the answer to our own cancel
      call.cancel();
    }
  }

  bidiStream<Req, Res>(method: RpcMethod<Req, Res>, options: RpcOptions = {}): ClientStream<Req, Res> {
    const { signal, metadata = traceMetadata() } = options;
    const call = this.#client.makeBidiStreamRequest<Req, Res>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      metadata,
      deadlineOf(options),
    );
    return new ClientStream(call, signal);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** Called from the transport, in order. `onEnd` is the last call; its error is absent when the server ended the stream well. */
export interface StreamHandlers<Res> {
  readonly onMessage: (message: Res) => void;
  readonly onEnd: (err: Error | undefined) => void;
}

/** The client's half of a two-way stream. Start reading at once: what nobody reads is buffered without bound. */
export class ClientStream<Req, Res> implements Disposable {
  readonly #call: ClientDuplexStream<Req, Res>;
  readonly #signal: AbortSignal | undefined;

  constructor(call: ClientDuplexStream<Req, Res>, signal?: AbortSignal) {
    this.#call = call;
    this.#signal = signal;
  }

  /** Callbacks, as one `await` per message would cost more than the message. */
  start({ onMessage, onEnd }: StreamHandlers<Res>): void {
    const call = this.#call;
    const abort = this.#signal && addAbortListener(this.#signal, () => call.cancel());
    let ended = false;
    const end = (err: Error | undefined): void => {
      if (ended) return;
      ended = true;
      abort?.[Symbol.dispose]();
      onEnd(err);
    };
    call.on('data', onMessage);
    call.on('error', (err: Error) => end(asError(fromGrpcError(err))));
    call.on('end', () => end(undefined));
  }

  /** False when the transport's buffer is full: wait for `drained` before sending much more. */
  send(message: Req): boolean {
    return this.#call.write(message);
  }

  drained(): Promise<void> {
    return new Promise(resolve => (this.#call.writableNeedDrain ? this.#call.once('drain', resolve) : resolve()));
  }

  /** Says that nothing more will be sent; answers still come. */
  end(): void {
    this.#call.end();
  }

  [Symbol.dispose](): void {
    this.#call.cancel();
  }
}

const deadlineOf = ({ timeoutMs }: RpcOptions): { deadline?: number } =>
  timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };

const asError = (err: unknown): Error => (err instanceof Error ? err : new Error('the call ended without an answer', { cause: err }));
