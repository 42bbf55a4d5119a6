import { userOfCertificate, type User } from '@steersman/auth';
import { deadline } from '@steersman/async';
import {
  type ApiResource,
  bidiStream,
  type CallRequest,
  type CallResponse,
  loadApiService,
  type Sent,
  type ServerStream,
  type WatchRequest,
  type WatchResponse,
} from '@steersman/rpc';
import { StatusError, toStatusError } from '@steersman/status';
import type { Variants } from '@steersman/store';
import { type Logger, parseTraceparent, withTrace } from '@steersman/telemetry';
import { findKind, type Kind } from '@steersman/types';
import { badRequest, noSuchResource } from '../machine/errors.ts';
import type { Handle } from '../machine/machine.ts';
import type { ApiAnswer, ApiRequest, Verb } from '../machine/request.ts';
import { encodeList } from '../rest/encode.ts';
import { Subscriptions } from './subscriptions.ts';

const REQUEST_MS = 60_000;
/** A stream takes no more requests at once than this. */
const MAX_RUNNING = 1_024;
const PIECE_BYTES = 1024 * 1024;
/** Streams end now and then, so that load spreads over apiservers. */
const LIFETIME_MS = { min: 10 * 60_000, spread: 10 * 60_000 };
const VERBS: readonly string[] = ['get', 'list', 'create', 'update', 'patch', 'delete', 'deletecollection'] satisfies Verb[];

export interface ApiServiceParts {
  readonly handle: Handle;
  readonly variants: Variants;
  readonly log: Logger;
}

/** gRPC as a codec around `handle`: protos/steersman/api/v1/api.proto. */
export function apiService({ handle, variants, log }: ApiServiceParts): {
  definition: ReturnType<typeof loadApiService>['definition'];
  handlers: Record<'Call' | 'Watch', ReturnType<typeof bidiStream>>;
} {
  const call = async (stream: ServerStream<CallRequest, Sent<CallResponse>>): Promise<void> => {
    const user = userOf(stream);
    using _ = drainLater(() => stream.send({ id: 0, drain: true }));
    const running = new Set<Promise<void>>();
    for await (const message of stream.messages) {
      while (running.size >= MAX_RUNNING) await Promise.race(running);
      const done: Promise<void> = answerCall(stream, message, { handle, user, variants, log }).finally(() => running.delete(done));
      running.add(done);
    }
    await Promise.all(running);
  };
  const watch = async (stream: ServerStream<WatchRequest, Sent<WatchResponse>>): Promise<void> => {
    const user = userOf(stream);
    using subscriptions = new Subscriptions(stream);
    using _ = drainLater(() => stream.send({ drain: true }));
    for await (const { subscribe, unsubscribe } of stream.messages) {
      if (unsubscribe) subscriptions.end(unsubscribe.id);
      if (!subscribe) continue;
      const { id, resource, namespace, options } = subscribe;
      void subscriptions.add(
        id,
        () => kindOf(resource),
        async (kind, signal) => {
          const answer = await handle({
            user,
            verb: 'watch',
            kind,
            subresource: '',
            namespace,
            name: '',
            options: new URLSearchParams(options),
            body: Buffer.alloc(0),
            contentType: undefined,
            signal,
          });
          if (answer.type !== 'watch') throw badRequest('this resource cannot be watched');
          return answer.watcher;
        },
      );
    }
  };
  return { definition: loadApiService().definition, handlers: { Call: bidiStream(call as never), Watch: bidiStream(watch as never) } };
}

function userOf({ peer }: { readonly peer: { commonName: string; organizations: readonly string[] } | undefined }): User {
  if (!peer) throw new StatusError('Unauthorized', 'Unauthorized: a client certificate is required');
  return userOfCertificate(peer);
}

function kindOf(resource: ApiResource | null | undefined): Kind {
  const kind = resource && findKind({ group: resource.group, version: resource.version, plural: resource.resource });
  if (!kind) throw noSuchResource();
  return kind;
}

function drainLater(send: () => void): Disposable {
  const timer = setTimeout(send, LIFETIME_MS.min + Math.random() * LIFETIME_MS.spread).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

interface CallContext extends ApiServiceParts {
  readonly user: User;
}

async function answerCall(
  stream: ServerStream<CallRequest, Sent<CallResponse>>,
  message: CallRequest,
  context: CallContext,
): Promise<void> {
  const { id, verb, resource, name, traceparent } = message;
  await withTrace(parseTraceparent(traceparent), async () => {
    const began = performance.now();
    const { code, body, warnings = [] } = await perform(stream, message, context);
    if (!['get', 'list'].includes(verb) && resource?.resource !== 'leases' && resource?.resource !== 'events') {
      context.log.info('request', {
        verb,
        resource: resource?.resource,
        subresource: resource?.subresource,
        namespace: message.namespace,
        name,
        user: context.user.name,
        code,
        ms: Math.round((performance.now() - began) * 10) / 10,
      });
    }
    await sendAnswer(stream, { id, code, body, warnings });
  });
}

interface Encoded {
  readonly code: number;
  readonly body: Buffer;
  readonly warnings?: readonly string[] | undefined;
}

async function perform(
  { signal }: { readonly signal: AbortSignal },
  message: CallRequest,
  { handle, user, variants, log }: CallContext,
): Promise<Encoded> {
  try {
    using time = deadline(message.timeoutMs || REQUEST_MS, signal);
    const request = toRequest(message, user, time.signal);
    return encode(await handle(request), request.kind, variants);
  } catch (err) {
    const error = toStatusError(err);
    if (error.reason === 'InternalError') log.error('request failed', { verb: message.verb, resource: message.resource, err });
    return { code: error.http, body: Buffer.from(JSON.stringify(error.toStatus())) };
  }
}

function toRequest(
  { verb, resource, namespace, name, options, body, contentType }: CallRequest,
  user: User,
  signal: AbortSignal,
): ApiRequest {
  if (!VERBS.includes(verb)) throw badRequest(`unknown verb ${JSON.stringify(verb)}`);
  const common = {
    user,
    verb: verb as Verb,
    kind: kindOf(resource),
    subresource: resource?.subresource ?? '',
    namespace,
    options: new URLSearchParams(options),
    body,
    contentType: contentType || undefined,
    signal,
  };
  // A create names its object in the body; only actions are addressed by name.
  return { ...common, name: verb === 'create' && !resource?.subresource ? '' : name };
}

function encode(answer: ApiAnswer, kind: Kind, variants: Variants): Encoded {
  switch (answer.type) {
    case 'object':
      return { code: answer.code, body: answer.object.body, warnings: answer.warnings };
    case 'json':
      return { code: answer.code, body: Buffer.from(JSON.stringify(answer.value)), warnings: answer.warnings };
    case 'list':
      return {
        code: 200,
        body: Buffer.concat(encodeList(answer.page, { kind, format: { type: 'json' }, includeObject: 'None', variants })),
      };
    case 'watch':
    case 'connect':
      throw badRequest('this request has its own stream');
  }
}

/** Large bodies go in pieces, so that small answers pass between them. */
async function sendAnswer(
  stream: ServerStream<CallRequest, Sent<CallResponse>>,
  { id, code, body, warnings }: Encoded & { readonly id: number },
): Promise<void> {
  if (stream.signal.aborted) return;
  for (let at = 0; at === 0 || at < body.length; at += PIECE_BYTES) {
    const more = at + PIECE_BYTES < body.length;
    const sent = stream.send({ id, code, body: body.subarray(at, at + PIECE_BYTES), more, warnings: more ? [] : (warnings ?? []) });
    if (!sent) await stream.drained().catch(() => {});
  }
}
