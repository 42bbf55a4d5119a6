import { backoffMs, type Clock, systemClock, untilAborted } from '@steersman/async';
import { isReason } from '@steersman/status';
import { type Logger, silentLogger } from '@steersman/telemetry';
import { type ApiObject, type Key, keyOf } from '@steersman/types';
import type { ResourceClient, WatchEvent } from './client.ts';
import type { Change, Informer } from './informer.ts';
import { type IndexFunction, ObjectCache } from './object-cache.ts';

const BACKOFF = { firstMs: 100, factor: 2, maxMs: 10_000, jitter: 0.5 };

export interface InformerOptions<T> {
  /** Ends the informer. */
  readonly signal: AbortSignal;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** For `by`: the values an object is found under, by index name. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/**
 * Starts to list and watch at once and goes on until `signal` aborts, whatever happens to the connection. Listeners see
 * changes in the order of their versions, each after the cache holds it; after a gap they see the difference.
 */
export function createInformer<T extends ApiObject>(client: ResourceClient<T>, options: InformerOptions<T>): Informer<T> {
  const informer = new WatchingInformer(client, options);
  void informer.run();
  return informer;
}

class WatchingInformer<T extends ApiObject> implements Informer<T> {
  readonly #client: ResourceClient<T>;
  readonly #options: InformerOptions<T>;
  readonly #log: Logger;
  readonly #cache: ObjectCache<T>;
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #synced = Promise.withResolvers<void>();
  /** Everything up to here has been seen; undefined wants the whole state. */
  #version: string | undefined;
  #failed = 0;

  constructor(client: ResourceClient<T>, options: InformerOptions<T>) {
    this.#client = client;
    this.#options = options;
    this.#log = options.logger ?? silentLogger;
    this.#cache = new ObjectCache(options.indexes);
  }

  get(key: Key): T | undefined {
    return this.#cache.get(key);
  }

  list(namespace?: string): readonly T[] {
    return this.#cache.list(namespace);
  }

  by(index: string, value: string): readonly T[] {
    return this.#cache.by(index, value);
  }

  synced(signal: AbortSignal): Promise<void> {
    return untilAborted(this.#synced.promise, signal);
  }

  subscribe(listener: (change: Change<T>) => void): Disposable {
    for (const next of this.#cache.list()) this.#tell(listener, { next });
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async run(): Promise<void> {
    const { signal, clock = systemClock } = this.#options;
    while (!signal.aborted) {
      try {
        await (this.#version === undefined ? this.#readAll() : this.#follow(this.#version));
        await clock.sleep(backoffMs(1, BACKOFF), signal); // the server wants us elsewhere: not everybody at once
      } catch (err) {
        if (signal.aborted) return;
        this.#onTrouble(err);
        await clock.sleep(backoffMs(this.#failed, BACKOFF), signal).catch(() => {}); // ends only by the abort
      }
    }
  }

  #onTrouble(err: unknown): void {
    this.#failed++;
    if (isReason(err, 'Expired', 'Gone')) this.#version = undefined;
    else if (!isReason(err, 'ServiceUnavailable')) this.#log.warn('watch failed', { failed: this.#failed, err }); // the connection has told of those
  }

  #watch(from: { readonly resourceVersion: string } | { readonly sendInitialEvents: true }): AsyncIterable<WatchEvent<T>> {
    const { signal, namespace, labelSelector, fieldSelector } = this.#options;
    return this.#client.watch({
      ...from,
      signal,
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    });
  }

  /** The state is taken over as a whole once it is complete: until then readers keep what they have. */
  async #readAll(): Promise<void> {
    const state = new Map<Key, T>();
    let complete = false;
    for await (const event of this.#watch({ sendInitialEvents: true })) {
      if (complete) this.#apply(event);
      else if (event.type === 'BOOKMARK') {
        if (!event.initialEventsEnd) continue;
        complete = true;
        this.#replace(state, event.resourceVersion);
      } else if (event.type === 'DELETED') state.delete(keyOf(event.object));
      else state.set(keyOf(event.object), event.object);
    }
  }

  async #follow(resourceVersion: string): Promise<void> {
    for await (const event of this.#watch({ resourceVersion })) this.#apply(event);
  }

  #replace(state: ReadonlyMap<Key, T>, version: string): void {
    for (const key of this.#cache.keys()) {
      if (!state.has(key)) this.#delete(key, undefined);
    }
    for (const next of state.values()) {
      if (this.#cache.get(keyOf(next))?.metadata.resourceVersion !== next.metadata.resourceVersion) this.#set(next, undefined);
    }
    this.#version = version;
    this.#failed = 0;
    this.#synced.resolve();
  }

  #apply(event: WatchEvent<T>): void {
    this.#failed = 0;
    if (event.type === 'BOOKMARK') {
      this.#version = event.resourceVersion;
      return;
    }
    this.#version = event.object.metadata.resourceVersion;
    if (event.type === 'DELETED') this.#delete(keyOf(event.object), event);
    else this.#set(event.object, event);
  }

  #set(next: T, event: { readonly traceparent: string | undefined } | undefined): void {
    const prev = this.#cache.set(next);
    // Deleted and made again between two looks: two changes, as a reader must not take one object for the other.
    if (prev && prev.metadata.uid !== next.metadata.uid) this.#tellAll({ prev });
    this.#tellAll({ next, ...(prev && prev.metadata.uid === next.metadata.uid && { prev }), ...traceOf(event) });
  }

  #delete(key: Key, event: { readonly object: T; readonly traceparent: string | undefined } | undefined): void {
    const prev = this.#cache.delete(key);
    if (prev) this.#tellAll({ prev: event?.object ?? prev, ...traceOf(event) });
  }

  #tellAll(change: Change<T>): void {
    for (const listener of [...this.#listeners]) this.#tell(listener, change);
  }

  #tell(listener: (change: Change<T>) => void, change: Change<T>): void {
    try {
      listener(change);
    } catch (err) {
      this.#log.error('a listener of an informer failed', { err });
    }
  }
}

const traceOf = (event: { readonly traceparent: string | undefined } | undefined): { traceparent?: string } =>
  event?.traceparent === undefined ? {} : { traceparent: event.traceparent };
