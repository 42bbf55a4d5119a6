import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadPackageDefinition, type ServiceClientConstructor, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type Options } from '@grpc/proto-loader';

/** How every message of ours looks in memory: camelCase fields, all of them present, numbers below 2^53, enums by name, bytes as Buffer. */
const LOADER: Options = { keepCase: false, longs: Number, enums: String, bytes: Buffer, defaults: true, oneofs: true };

/** One method as its callers see it: `Req` is what may be sent, `Res` what is received. */
export interface RpcMethod<Req, Res> {
  readonly path: string;
  readonly requestSerialize: (request: Req) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Res;
}

/** What may be sent where T is received: fields left out have their proto default. */
export type Sent<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Sent<Item>[]
    : T extends object
      ? { readonly [K in keyof T]?: Sent<T[K]> }
      : T;

export interface RpcService<M> {
  /** For a server. */
  readonly definition: ServiceDefinition;
  /** For a channel. */
  readonly methods: M;
}

/**
 * One service of a file below protos/, such as `loadService<ApiMethods>('steersman/api/v1/api.proto', 'steersman.api.v1.Api')`.
 * `M` states the message types of its methods and must follow the proto.
 */
export function loadService<M extends object>(file: string, service: string, root = protosRoot()): RpcService<M> {
  const packages = loadPackageDefinition(loadSync(file, { ...LOADER, includeDirs: [root] }));
  const found = service.split('.').reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), packages);
  if (!isService(found)) throw new Error(`${join(root, file)} has no service ${service}`);
  return { definition: found.service, methods: found.service as M }; // the decoding edge: M restates what the file says
}

/** The project's protos/ folder: beside libs/ in the sources, beside or above a bundle. */
export function protosRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'protos');
    if (existsSync(join(candidate, 'steersman'))) return candidate;
    if (folder === dirname(folder)) throw new Error(`no protos/ folder in or above ${from}`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' || typeof value === 'function') && value !== null;

const isService = (value: unknown): value is ServiceClientConstructor => typeof value === 'function' && 'service' in value;
