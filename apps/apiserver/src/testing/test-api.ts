import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type User, userOfCertificate } from '@steersman/auth';
import { loadConfig } from '@steersman/config';
import { createWatchCache, openLmdbStore, type Store } from '@steersman/store';
import { createLogger } from '@steersman/telemetry';
import type { ApiObject, Kind } from '@steersman/types';
import { type Api, createApi } from '../api.ts';
import { bootstrap } from '../bootstrap.ts';
import type { Verb } from '../machine/request.ts';
import { settings } from '../settings.ts';
import { systemRequests } from '../system-requests.ts';

export const ADMIN = userOfCertificate({ commonName: 'admin', organizations: ['system:masters'] });

interface Asked {
  readonly user?: User;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly body?: object;
  readonly options?: Readonly<Record<string, string>>;
}

/** The whole API over a store of its own, without transports. Dispose it after the test. */
export class TestApi implements AsyncDisposable {
  readonly api: Api;
  readonly store: Store;
  readonly #stop: AbortController;
  readonly #work: Promise<unknown>;
  readonly #dir: string;

  private constructor({
    api,
    store,
    stop,
    work,
    dir,
  }: {
    api: Api;
    store: Store;
    stop: AbortController;
    work: Promise<unknown>;
    dir: string;
  }) {
    this.api = api;
    this.store = store;
    this.#stop = stop;
    this.#work = work;
    this.#dir = dir;
  }

  static async start(args: readonly string[] = []): Promise<TestApi> {
    const dir = mkdtempSync(join(tmpdir(), 'api-'));
    const log = createLogger({ app: 'test', write: () => {} });
    const { config } = loadConfig('apiserver', settings, { args: ['--data-dir', dir, ...args], env: {} });
    const store = await openLmdbStore({ dir, log });
    const cache = createWatchCache({ store, log });
    const stop = new AbortController();
    const feed = cache.run(stop.signal);
    await cache.ready(stop.signal);
    const api = createApi({ config, store, cache });
    const work = Promise.all([feed, api.run(stop.signal)]);
    await bootstrap(systemRequests(api.handle, stop.signal));
    return new TestApi({ api, store, stop, work, dir });
  }

  /** The answer as JSON; throws the StatusError of a refusal. */
  async ask<T = ApiObject>(
    verb: Verb,
    kind: Kind,
    { user = ADMIN, namespace = '', name = '', subresource = '', body, options }: Asked = {},
  ): Promise<T> {
    const answer = await this.api.handle({
      user,
      verb,
      kind,
      subresource,
      namespace,
      name,
      options: new URLSearchParams(options),
      body: body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body)),
      contentType: verb === 'patch' ? 'application/merge-patch+json' : undefined,
      signal: this.#stop.signal,
    });
    if (answer.type === 'object') return JSON.parse(answer.object.body.toString('utf8')) as T;
    if (answer.type === 'json') return answer.value as T;
    throw new Error(`${verb} ${kind.plural} was answered with a ${answer.type}`);
  }

  /** Until readers of the cache see the object: what was answered is durable, what is cached follows. */
  async seen(kind: Kind, namespace: string, name: string): Promise<void> {
    await this.ask('get', kind, { namespace, name });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.store[Symbol.asyncDispose]();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
