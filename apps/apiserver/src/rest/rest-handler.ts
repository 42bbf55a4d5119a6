import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Authorizer, forbidden, type User } from '@steersman/auth';
import { StatusError, toStatusError } from '@steersman/status';
import type { Variants } from '@steersman/store';
import { type Logger, type Metrics, newTrace, parseTraceparent, withTrace } from '@steersman/telemetry';
import { badRequest, noSuchResource, notAllowed } from '../machine/errors.ts';
import type { Handle } from '../machine/machine.ts';
import type { ApiAnswer, ApiRequest, Verb } from '../machine/request.ts';
import { formatOf, includeObjectOf } from './accept.ts';
import type { Authenticator } from './authenticate.ts';
import type { Documents } from './documents.ts';
import { type HealthChecks, healthReply } from './health.ts';
import type { Inflight } from './inflight.ts';
import { encodeList, encodeObject, type EncodeContext } from './encode.ts';
import type { NodeProxy } from './node-proxy.ts';
import { errorReply, type HttpRequest, type HttpResponse, jsonReply, readBody, sendReply } from './reply.ts';
import { labelsOf, type RequestMetrics } from './rest-metrics.ts';
import { type ResourceRoute, routeOf, type Target, targetOf } from './route.ts';
import { type RunningRequest, RunningRequests } from './running-requests.ts';
import { streamWatch } from './watch-stream.ts';
import { isWebSocket, logOverWebSocket, type Upgrade, watchOverWebSocket } from './web-socket.ts';

const MAX_BODY_BYTES = 3 * 1024 * 1024;
const REQUEST_MS = 60_000;
/** Nobody waits here: slow answers are worth a line of their own. */
const SLOW_MS = 1_000;

export interface RestParts {
  readonly handle: Handle;
  readonly authenticate: Authenticator;
  readonly authorizer: Authorizer;
  readonly documents: Documents;
  readonly proxy: NodeProxy;
  readonly variants: Variants;
  readonly metrics: Metrics;
  readonly requestMetrics: RequestMetrics;
  readonly inflight: Inflight;
  readonly checks: HealthChecks;
  readonly log: Logger;
}

const NO_UPGRADE = 'this resource cannot be upgraded to another protocol';
const LOGS = '/containerLogs/';
const NO_BODY = Buffer.alloc(0);
const METHODS: Readonly<Record<string, Verb>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };
const isOn = (value: string | null): boolean => value === 'true' || value === '1';
const isRead = (verb: Verb): boolean => verb === 'get' || verb === 'list';

/** REST as a codec around `handle`. */
export class RestHandler {
  readonly #parts: RestParts;
  readonly #running = new RunningRequests();

  constructor(parts: RestParts) {
    this.#parts = parts;
  }

  /** Answers every request, failures included; never throws. */
  async serve(request: HttpRequest, response: HttpResponse): Promise<void> {
    const began = performance.now();
    const url = targetOf(request.url);
    const trace = parseTraceparent(headerOf(request, 'traceparent')) ?? newTrace();
    await withTrace(trace, async () => {
      using running = this.#running.begin(response);
      try {
        await this.#route({ request, response, url, running });
      } catch (err) {
        if (!response.headersSent) await sendReply(request, response, errorReply(err));
        else response.destroy(err instanceof Error ? err : undefined);
        this.#logFailure(err, { method: request.method ?? '', path: url.pathname });
      }
      this.#logRequest({ request, response, url, ms: performance.now() - began });
    });
  }

  /** WebSocket for watches and logs; for the other streams, and with SPDY, the connection is handed to the pod's node. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = targetOf(request.url);
    try {
      const route = routeOf(url.pathname);
      if (!route) throw noSuchResource();
      const user = await this.#parts.authenticate(request, request.socket as TLSSocket);
      const verb = verbOf(request.method ?? '', route, url.searchParams);
      if (verb !== 'connect' && !(verb === 'watch' && isWebSocket(request))) throw badRequest(NO_UPGRADE);
      const gone = new AbortController();
      socket.once('close', () => gone.abort());
      const asked = { ...route, user, verb, options: url.searchParams, body: NO_BODY, contentType: undefined, signal: gone.signal };
      await this.#stream({ request, socket, head }, await this.#parts.handle(asked), { route, signal: gone.signal });
      this.#parts.log.info('stream', { method: request.method, path: url.pathname, user: user.name });
    } catch (err) {
      const { code, body } = errorReply(err);
      socket.end(
        `HTTP/1.1 ${code} ${toStatusError(err).reason}\r\ncontent-type: application/json\r\ncontent-length: ${body[0]?.length ?? 0}\r\nconnection: close\r\n\r\n${body.join('')}`,
      );
    }
  }

  async #stream(
    upgrade: Upgrade,
    answer: ApiAnswer,
    { route: { kind }, signal }: { readonly route: ResourceRoute; readonly signal: AbortSignal },
  ): Promise<void> {
    const { proxy, variants } = this.#parts;
    if (answer.type === 'watch') {
      const format = formatOf(upgrade.request.headers.accept);
      return watchOverWebSocket(upgrade, { watcher: answer.watcher, context: { kind, format, includeObject: 'Metadata', variants } });
    }
    if (answer.type !== 'connect') throw badRequest(NO_UPGRADE);
    if (!answer.target.path.startsWith(LOGS) || !isWebSocket(upgrade.request)) return proxy.upgrade(answer.target, upgrade);
    return logOverWebSocket(upgrade, await proxy.get(answer.target, signal));
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, url } = exchange;
    const user = await this.#parts.authenticate(request, socketOf(request));
    const route = routeOf(url.pathname);
    if (route) return this.#resource(exchange, route, user);
    return this.#path(exchange, user);
  }

  /** What is no resource: documents, health, metrics. */
  async #path({ request, response, url: { pathname, searchParams } }: Exchange, user: User): Promise<void> {
    const { authorizer, documents, metrics, checks } = this.#parts;
    const attributes = {
      user,
      verb: (request.method ?? 'GET').toLowerCase().replace('head', 'get'),
      group: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      path: pathname,
    };
    if (!authorizer.allows(attributes)) throw forbidden(attributes);
    const health = healthReply({ pathname, searchParams }, checks);
    if (health) return sendReply(request, response, health);
    if (pathname === '/metrics')
      return sendReply(request, response, { code: 200, contentType: 'text/plain; version=0.0.4', body: [Buffer.from(metrics.text())] });
    const document = await documents.find(pathname, headerOf(request, 'accept'));
    if (!document) throw noSuchResource();
    if (headerOf(request, 'if-none-match') === document.etag)
      return sendReply(request, response, { code: 304, contentType: document.contentType, body: [], headers: { etag: document.etag } });
    return sendReply(request, response, {
      code: 200,
      contentType: document.contentType,
      body: [document.body],
      headers: { etag: document.etag, vary: 'Accept' },
    });
  }

  async #resource(exchange: Exchange, route: ResourceRoute, user: User): Promise<void> {
    const { request, response, url } = exchange;
    const verb = verbOf(request.method ?? '', route, url.searchParams);
    const isLong = verb === 'watch' || verb === 'connect';
    using _ = isLong ? undefined : this.#parts.inflight.enter(isRead(verb) ? 'readOnly' : 'mutating', user);
    if (!isLong) exchange.running.limit(REQUEST_MS);
    const { running } = exchange;
    const format = formatOf(headerOf(request, 'accept'));
    const context = { kind: route.kind, format, includeObject: includeObjectOf(url.searchParams), variants: this.#parts.variants };
    const body = isLong || isRead(verb) ? NO_BODY : await readBody(request, MAX_BODY_BYTES, tooLarge);
    const apiRequest: ApiRequest = {
      ...route,
      user,
      verb,
      options: url.searchParams,
      body,
      contentType: headerOf(request, 'content-type'),
      // Most requests are answered before anybody has to wait.
      get signal() {
        return running.signal;
      },
    };
    const labels = labelsOf(route, verb);
    const began = performance.now();
    const answer = await this.#parts.handle(apiRequest).catch((err: unknown) => {
      this.#parts.requestMetrics.done(labels, toStatusError(err).http, performance.now() - began);
      throw err;
    });
    const longRunning = isLong ? this.#parts.requestMetrics.longRunning(labels) : undefined;
    longRunning?.add(1);
    try {
      await this.#answer(exchange, answer, context);
    } finally {
      longRunning?.add(-1);
      this.#parts.requestMetrics.done(labels, response.statusCode, performance.now() - began);
    }
  }

  async #answer({ request, response, running }: Exchange, answer: ApiAnswer, context: EncodeContext): Promise<void> {
    const { warnings } = answer;
    switch (answer.type) {
      case 'object':
        return sendReply(request, response, {
          code: answer.code,
          contentType: 'application/json',
          body: encodeObject(answer.object, context),
          warnings,
        });
      case 'json':
        return sendReply(request, response, jsonReply(answer.code, answer.value, warnings));
      case 'list':
        return sendReply(request, response, {
          code: 200,
          contentType: 'application/json',
          body: encodeList(answer.page, context),
          warnings,
        });
      case 'watch':
        return streamWatch(response, { watcher: answer.watcher, context, signal: running.signal });
      case 'connect':
        if (!answer.target.path.startsWith(LOGS)) throw badRequest('Upgrade request required');
        return this.#parts.proxy.stream(answer.target, response, running.signal);
    }
  }

  #logRequest({ request, response, url, ms }: Pick<Exchange, 'request' | 'response' | 'url'> & { readonly ms: number }): void {
    const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '');
    const level = changes || (ms > SLOW_MS && !isOn(url.searchParams.get('watch')) && !url.pathname.endsWith('/log')) ? 'info' : 'debug';
    this.#parts.log[level]('request', {
      method: request.method,
      path: url.pathname,
      code: response.statusCode,
      ms: Math.round(ms * 10) / 10,
      agent: headerOf(request, 'user-agent'),
    });
  }

  #logFailure(err: unknown, fields: Readonly<Record<string, unknown>>): void {
    if (toStatusError(err).reason === 'InternalError') this.#parts.log.error('request failed', { ...fields, err });
  }
}

interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly url: Target;
  readonly running: RunningRequest;
}

const tooLarge = (): StatusError => new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`);

function verbOf(method: string, { kind, name, subresource }: ResourceRoute, options: URLSearchParams): Verb {
  const found = kind.subresources?.find(candidate => candidate.name === subresource);
  if (found && 'connect' in found) {
    if (found.connect.methods.some(allowed => allowed === method)) return 'connect';
    throw notAllowed();
  }
  if (method === 'GET' || method === 'HEAD')
    return isOn(options.get('watch')) && subresource === '' ? 'watch' : name === '' ? 'list' : 'get';
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete';
  const verb = METHODS[method];
  if (!verb) throw notAllowed();
  return verb;
}

function headerOf(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** Under HTTP/2 many requests share the connection. */
const socketOf = (request: HttpRequest): TLSSocket =>
  ('stream' in request && request.stream.session ? request.stream.session.socket : request.socket) as TLSSocket;
