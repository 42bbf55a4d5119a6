import { addAbortListener } from 'node:events';
import { type Clock, deadline, Slots, systemClock, untilAborted } from '@steersman/async';
import { type ChannelTarget, clientCredentials, loadApiService, type TlsFiles } from '@steersman/rpc';
import { type Status, StatusError } from '@steersman/status';
import { currentTrace, formatTraceparent, type Logger, silentLogger } from '@steersman/telemetry';
import { type Answer, CallSession, LostAnswerError } from './call-session.ts';
import type { Client } from './client.ts';
import { resourceClient } from './resource-client.ts';
import { Sessions, type SessionsOptions } from './sessions.ts';
import { WatchSession } from './watch-session.ts';
import type { Request, Transport } from './wire.ts';

/** Requests waiting for an answer on one stream; more wait their turn. */
const MAX_IN_FLIGHT = 256;
const LEASES = 'coordination.k8s.io';

export interface ClientOptions {
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** How long a call without an answer, or without a connection, is waited for; 30 seconds unless told. */
  readonly timeoutMs?: number;
}

export interface ConnectOptions extends ClientOptions, TlsFiles {
  /** `host:port` of the apiserver's gRPC door. */
  readonly address: string;
}

/**
 * A client over the apiserver's gRPC streams. Nothing is connected until the first call; lost connections are made
 * again for as long as somebody waits. Only reads are sent again after a connection broke with their answer under way:
 * a write fails with ServiceUnavailable then, as it may or may not have been done.
 */
export const connectClient = ({ address, caFile, certFile, keyFile, ...options }: ConnectOptions): Client =>
  clientOver(() => ({ address, credentials: clientCredentials({ caFile, certFile, keyFile }, address) }), {
    ...options,
    logger: (options.logger ?? silentLogger).child({ apiserver: address }),
  });

/** `target` is asked at every attempt to connect. */
export function clientOver(
  target: () => ChannelTarget,
  { logger = silentLogger, clock = systemClock, timeoutMs = 30_000 }: ClientOptions = {},
): Client {
  const { methods } = loadApiService();
  const options: SessionsOptions = { target, log: logger, clock };
  const lane = (): Lane => ({
    sessions: new Sessions(options, (channel, lifetime) => new CallSession(channel, methods.Call, lifetime)),
    slots: new Slots(MAX_IN_FLIGHT),
  });
  const lanes = { calls: lane(), leases: lane() }; // a heartbeat never waits behind other work
  const watches = new Sessions(options, (channel, lifetime) => new WatchSession(channel, methods.Watch, lifetime));
  const closed = new AbortController();

  const transport: Transport = {
    async call(request, signal) {
      closed.signal.throwIfAborted();
      using within = deadline(timeoutMs, signal);
      try {
        return parse(await callOn(request.resource.group === LEASES ? lanes.leases : lanes.calls, request, within.signal, timeoutMs));
      } catch (err) {
        if (signal?.aborted || err !== within.signal.reason) throw err;
        throw new StatusError('Timeout', `the apiserver has not answered within ${timeoutMs} ms`, { cause: err });
      }
    },

    async *watch(request, signal) {
      if (signal.aborted) return;
      const session = await liveSession(watches, signal);
      const subscription = session.subscribe(request);
      using _ = addAbortListener(signal, () => subscription.end(undefined));
      yield* subscription;
    },
  };

  return {
    of: kind => resourceClient(kind, transport),
    async [Symbol.asyncDispose]() {
      closed.abort(new StatusError('ServiceUnavailable', 'the client is closed'));
      for (const sessions of [lanes.calls.sessions, lanes.leases.sessions, watches]) sessions.close();
    },
  };
}

interface Lane {
  readonly sessions: Sessions<CallSession>;
  readonly slots: Slots;
}

async function callOn({ sessions, slots }: Lane, request: Request, signal: AbortSignal, timeoutMs: number): Promise<Answer> {
  using _ = await slots.take(signal);
  const message = toMessage(request, timeoutMs);
  for (;;) {
    const session = await liveSession(sessions, signal);
    try {
      return await untilAborted(session.send(message), signal);
    } catch (err) {
      const isRead = request.verb === 'get' || request.verb === 'list';
      if (!(err instanceof LostAnswerError) || !isRead) throw err;
    }
  }
}

async function liveSession<S extends { readonly open: boolean }>(sessions: Sessions<S>, signal: AbortSignal): Promise<S> {
  for (;;) {
    const session = await sessions.get(signal);
    if (session.open) return session;
  }
}

function toMessage(
  { verb, resource, namespace = '', name = '', options = {}, body, contentType = 'application/json' }: Request,
  timeoutMs: number,
) {
  const trace = currentTrace();
  return {
    verb,
    resource,
    namespace,
    name,
    options,
    ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)), contentType }),
    ...(trace && { traceparent: formatTraceparent(trace) }),
    timeoutMs,
  };
}

function parse({ code, body }: Answer): unknown {
  const parsed = body.length === 0 ? undefined : (JSON.parse(body.toString('utf8')) as unknown);
  if (code < 400) return parsed;
  throw StatusError.fromStatus({ code, ...(parsed as Partial<Status> | undefined) });
}
