import { backoffMs, systemClock, untilAborted } from '@steersman/async';
import { StatusError } from '@steersman/status';
import { type Logger, silentLogger } from '@steersman/telemetry';
import { decodeValue } from '../stored-value.ts';
import { prefixEnd, type Store, type StoreEvent } from '../store.ts';
import { Variants } from '../variants.ts';
import type { ResourceCache, WatchCache } from '../watch-types.ts';
import { CachedResource, type Feed } from './cached-resource.ts';
import type { WindowLimits } from './event-window.ts';

const ROOT = '/registry/';
const TICK_MS = 1_000;
const WAIT_MS = 3_000;
/** How far back the window reaches right after a start, so that watches live through a restart. */
const REPLAYED_REVISIONS = 5_000;
const WINDOW: WindowLimits = { keepMs: 5 * 60_000, maxBytes: 64 * 1024 * 1024 };
const VARIANT_BYTES = 64 * 1024 * 1024;

export interface WatchCacheOptions {
  readonly store: Store;
  readonly log?: Logger;
  readonly window?: WindowLimits;
  readonly variantBytes?: number;
}

export const createWatchCache = (options: WatchCacheOptions): WatchCache => new StoreWatchCache(options);

interface Waiter {
  readonly revision: number;
  readonly wake: () => void;
}

class StoreWatchCache implements WatchCache, Feed {
  readonly store: Store;
  readonly variants: Variants;
  readonly #log: Logger;
  readonly #window: WindowLimits;
  readonly #resources = new Map<string, CachedResource>();
  readonly #waiters = new Set<Waiter>();
  readonly #ready = Promise.withResolvers<void>();
  #start = 0;
  #revision = 0;

  constructor({ store, log = silentLogger, window = WINDOW, variantBytes = VARIANT_BYTES }: WatchCacheOptions) {
    this.store = store;
    this.#log = log;
    this.#window = window;
    this.variants = new Variants(variantBytes);
  }

  get revision(): number {
    return this.#revision;
  }

  now(): number {
    return performance.now();
  }

  resource(prefix: string): ResourceCache {
    return this.#resourceOf(prefix);
  }

  async run(signal: AbortSignal): Promise<void> {
    const ticker = setInterval(() => this.#tick(), TICK_MS).unref();
    try {
      for (let attempt = 0; !signal.aborted; attempt++) {
        try {
          if (this.#revision === 0) await this.#load();
          await this.#follow(signal, () => (attempt = 0));
        } catch (err) {
          if (signal.aborted) return;
          this.#log.warn('the watch of the store ended, trying again', { err });
          if (err instanceof StatusError && err.reason === 'Expired') this.#reset();
          await systemClock.sleep(backoffMs(attempt), signal).catch(() => {});
        }
      }
    } finally {
      clearInterval(ticker);
      for (const resource of this.#resources.values()) resource.reset(this.#revision);
    }
  }

  async ready(signal: AbortSignal): Promise<void> {
    await untilAborted(this.#ready.promise, signal);
  }

  async waitFor(revision: number, signal: AbortSignal): Promise<void> {
    if (revision <= this.#revision) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { revision, wake: resolve };
    this.#waiters.add(waiter);
    const timer = setTimeout(
      () =>
        reject(
          new StatusError('Timeout', `Too large resource version: ${revision}, current: ${this.#revision}`, {
            details: { retryAfterSeconds: 1 },
          }),
        ),
      WAIT_MS,
    );
    try {
      await untilAborted(promise, signal);
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  async current(signal: AbortSignal): Promise<number> {
    const revision = await this.store.revision();
    await this.waitFor(revision, signal);
    return revision;
  }

  #resourceOf(prefix: string): CachedResource {
    let resource = this.#resources.get(prefix);
    if (!resource) {
      resource = new CachedResource({ prefix, feed: this, start: this.#start, limits: this.#window });
      this.#resources.set(prefix, resource);
    }
    return resource;
  }

  /** The state of a while ago: following from there fills the windows on the way. */
  async #load(): Promise<void> {
    const head = await this.store.revision();
    const revision = Math.max(await this.store.oldest(), head - REPLAYED_REVISIONS, 0);
    const { kvs } = await this.store.range({ start: ROOT, end: prefixEnd(ROOT), revision });
    this.#start = revision;
    for (const resource of this.#resources.values()) resource.reset(revision);
    for (const { key, value, modRevision } of kvs) {
      const { prefix, rest } = splitStoreKey(key);
      this.#resourceOf(prefix).load(rest, decodeValue(value, modRevision));
    }
    this.#advance(revision);
    void this.#waitUntilReady(head);
  }

  async #waitUntilReady(head: number): Promise<void> {
    if (head > this.#revision) await new Promise<void>(wake => this.#waiters.add({ revision: head, wake }));
    this.#ready.resolve();
  }

  async #follow(signal: AbortSignal, onProgress: () => void): Promise<void> {
    for await (const { revision, events } of this.store.watch(
      { start: ROOT, end: prefixEnd(ROOT), afterRevision: this.#revision },
      signal,
    )) {
      for (const event of events) this.#apply(event);
      this.#advance(revision);
      onProgress();
    }
  }

  #apply(event: StoreEvent): void {
    const { prefix, rest } = splitStoreKey(event.type === 'put' ? event.kv.key : event.key);
    if (event.type === 'delete') this.#resourceOf(prefix).apply(rest, event.revision, undefined);
    else this.#resourceOf(prefix).apply(rest, event.kv.modRevision, decodeValue(event.kv.value, event.kv.modRevision));
  }

  #advance(revision: number): void {
    this.#revision = revision;
    for (const waiter of this.#waiters) {
      if (waiter.revision > revision) continue;
      this.#waiters.delete(waiter);
      waiter.wake();
    }
  }

  #tick(): void {
    const now = this.now();
    for (const resource of this.#resources.values()) resource.tick(now, this.#revision);
  }

  #reset(): void {
    this.#revision = 0;
  }
}

/** `/registry/core/pods/default/web` is `/registry/core/pods/` and `default/web`. */
function splitStoreKey(key: string): { readonly prefix: string; readonly rest: string } {
  const groupEnd = key.indexOf('/', ROOT.length);
  const end = key.indexOf('/', groupEnd + 1) + 1;
  return { prefix: key.slice(0, end), rest: key.slice(end) };
}
