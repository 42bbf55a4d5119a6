import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type User, userOfCertificate } from '@steersman/auth';
import { loadConfig } from '@steersman/config';
import { ensureAuthority, ensureCertificate } from '@steersman/pki';
import { type CallResponse, Channel, clientCredentials, loadApiService } from '@steersman/rpc';
import { toStatusError } from '@steersman/status';
import { silentLogger } from '@steersman/telemetry';
import { findKind } from '@steersman/types';
import type { ApiAnswer, Verb } from '../machine/request.ts';
import { run, type Serving } from '../run.ts';
import { settings } from '../settings.ts';

const ADMIN = { commonName: 'admin', organizations: ['system:masters'] };

/** A request before it is put on a wire. */
export interface Asked {
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
  /** `pods`, `apps/v1/deployments`; of the core group unless told. */
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly options?: Readonly<Record<string, string>>;
  /** Sent as it is when it is text or bytes, else as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface Replied {
  readonly code: number;
  readonly body: Record<string, unknown>;
  readonly warnings: readonly string[];
}

export type Transport = (asked: Asked) => Promise<Replied>;

/** A whole API server of this process, and the three ways to it. */
export interface TestServer extends AsyncDisposable {
  readonly transports: Readonly<Record<'handle' | 'REST' | 'gRPC', Transport>>;
  /** REST as the wire has it: any path, any headers. */
  raw(
    path: string,
    options?: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: Buffer | string },
  ): Promise<{ readonly code: number; readonly headers: IncomingHttpHeaders; readonly text: string }>;
  readonly port: number;
  readonly files: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
}

export async function startTestServer(flags: readonly string[] = []): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), 'steersman-api-'));
  const folder = { dir: join(dir, 'pki'), cluster: 'test', now: new Date() };
  const authority = ensureAuthority(folder);
  const serving = ensureCertificate(folder, authority, {
    name: 'apiserver',
    commonName: 'apiserver',
    use: 'server',
    ips: ['127.0.0.1'],
  });
  const admin = ensureCertificate(folder, authority, { name: 'admin', use: 'client', ...ADMIN });
  const files = { caFile: authority.certFile, certFile: admin.certFile, keyFile: admin.keyFile };
  const args = [
    ...['--data-dir', join(dir, 'store'), '--secure-port', '0', '--grpc-port', '0', '--client-ca-file', authority.certFile],
    ...['--tls-cert-file', serving.certFile, '--tls-key-file', serving.keyFile],
    ...['--kubelet-client-cert-file', admin.certFile, '--kubelet-client-key-file', admin.keyFile, '--kubelet-ca-file', authority.certFile],
    ...flags,
  ];
  const stop = new AbortController();
  const { promise: ready, resolve } = Promise.withResolvers<Serving>();
  const work = run(loadConfig('apiserver', settings, { args, env: {} }).config, {
    log: silentLogger,
    signal: stop.signal,
    onReady: resolve,
  });
  const { handle, securePort, grpcPort } = await Promise.race([ready, work.then(() => Promise.reject(new Error('the API server ended')))]);
  const raw = rawRest({ port: securePort, ca: authority.certPem, cert: admin.certPem, key: admin.keyPem });
  const grpc = grpcTransport({ address: `127.0.0.1:${grpcPort}`, files, signal: stop.signal });
  return {
    transports: { handle: handleTransport(handle, stop.signal), REST: restTransport(raw), gRPC: grpc },
    raw,
    port: securePort,
    files,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await work;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const bytesOf = (body: unknown): Buffer =>
  body === undefined
    ? Buffer.alloc(0)
    : Buffer.isBuffer(body) || typeof body === 'string'
      ? Buffer.from(body)
      : Buffer.from(JSON.stringify(body));

const addressOf = (resource: string): { group: string; version: string; resource: string } => {
  const parts = resource.split('/');
  return parts.length === 3
    ? { group: parts[0] ?? '', version: parts[1] ?? '', resource: parts[2] ?? '' }
    : { group: '', version: 'v1', resource };
};

function handleTransport(handle: Serving['handle'], signal: AbortSignal): Transport {
  const user: User = userOfCertificate(ADMIN);
  return async ({ verb, resource, subresource = '', namespace = '', name = '', options, body, contentType }) => {
    const { group, version, resource: plural } = addressOf(resource);
    const kind = findKind({ group, version, plural });
    if (!kind) throw new Error(`no kind is served as ${resource}`);
    try {
      const request = { user, verb: verb as Verb, kind, subresource, namespace, name, signal, contentType };
      const answer = await handle({ ...request, options: new URLSearchParams(options), body: bytesOf(body) });
      return {
        code: answer.type === 'object' || answer.type === 'json' ? answer.code : 200,
        body: bodyOf(answer),
        warnings: answer.warnings ?? [],
      };
    } catch (err) {
      const error = toStatusError(err);
      return { code: error.http, body: { ...error.toStatus() }, warnings: [] };
    }
  };
}

function bodyOf(answer: ApiAnswer): Record<string, unknown> {
  if (answer.type === 'object') return JSON.parse(answer.object.body.toString('utf8')) as Record<string, unknown>;
  if (answer.type === 'json') return { ...answer.value };
  if (answer.type !== 'list') throw new Error(`the answer is a ${answer.type}`);
  const { items, revision, continue: next, remaining } = answer.page;
  return {
    metadata: {
      resourceVersion: String(revision),
      ...(next && { continue: next }),
      ...(remaining !== undefined && { remainingItemCount: remaining }),
    },
    items: items.map(item => JSON.parse(item.body.toString('utf8')) as unknown),
  };
}

const METHODS = {
  get: 'GET',
  list: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
} as const;

const restTransport =
  (raw: TestServer['raw']): Transport =>
  async ({ verb, resource, subresource = '', namespace = '', name = '', options = {}, body, contentType }) => {
    const { group, version, resource: plural } = addressOf(resource);
    const path = [
      group ? `/apis/${group}/${version}` : `/api/${version}`,
      ...(namespace ? ['namespaces', namespace] : []),
      plural,
      name,
      subresource,
    ];
    const query = new URLSearchParams(options).toString();
    const { code, headers, text } = await raw(`${path.filter(part => part !== '').join('/')}${query ? `?${query}` : ''}`, {
      method: METHODS[verb],
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      ...(body !== undefined && { body: bytesOf(body) }),
    });
    return { code, body: JSON.parse(text) as Record<string, unknown>, warnings: warningsOf(headers) };
  };

const warningsOf = ({ warning }: IncomingHttpHeaders): string[] =>
  [...(warning ?? '').matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map(([, text = '""']) => JSON.parse(text) as string);

const rawRest =
  ({ port, ...tls }: { readonly port: number; readonly ca: string; readonly cert: string; readonly key: string }): TestServer['raw'] =>
  (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          host: '127.0.0.1',
          port,
          path,
          method,
          headers: { ...headers, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) },
          agent: false,
          ...tls,
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ code: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }),
          );
        },
      );
      request.on('error', reject).end(body);
    });

function grpcTransport({
  address,
  files,
  signal,
}: {
  readonly address: string;
  readonly files: TestServer['files'];
  readonly signal: AbortSignal;
}): Transport {
  return async ({ verb, resource, subresource = '', namespace = '', name = '', options = {}, body, contentType = '' }) => {
    using channel = new Channel({ address, credentials: clientCredentials(files, address) });
    const stream = channel.bidiStream(loadApiService().methods.Call, { signal });
    const { promise, resolve, reject } = Promise.withResolvers<CallResponse>();
    stream.start({ onMessage: resolve, onEnd: err => reject(err ?? new Error('the stream ended without an answer')) });
    stream.send({
      id: 1,
      verb,
      resource: { ...addressOf(resource), subresource },
      namespace,
      name,
      options,
      body: bytesOf(body),
      contentType,
    });
    const { code, body: answer, warnings } = await promise;
    return { code, body: JSON.parse(answer.toString('utf8')) as Record<string, unknown>, warnings };
  };
}
