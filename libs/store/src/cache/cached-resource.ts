import { StatusError } from '@steersman/status';
import { decodeValue, type StoredObject } from '../stored-value.ts';
import { prefixEnd, type Store } from '../store.ts';
import type { ListPage, ListRequest, ResourceCache, Selection, Watcher, WatchRequest } from '../watch-types.ts';
import { CacheWatcher } from './cache-watcher.ts';
import { Change } from './change.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { EventWindow, type WindowLimits } from './event-window.ts';
import { FieldIndexes } from './field-indexes.ts';
import { type Selector, toSelector } from './selection.ts';
import { SortedMap } from './sorted-map.ts';
import { WatcherSet } from './watcher-set.ts';

/** What a resource needs of the cache it is part of. */
export interface Feed {
  readonly store: Store;
  /** Every change up to here has been applied. */
  readonly revision: number;
  waitFor(revision: number, signal: AbortSignal): Promise<void>;
  now(): number;
}

export interface CachedResourceOptions {
  readonly prefix: string;
  readonly feed: Feed;
  /** All changes after this revision pass through `apply`. */
  readonly start: number;
  readonly limits: WindowLimits;
}

const NAMESPACE_END = '0';

/** The objects of one resource, its recent changes and its watchers. */
export class CachedResource implements ResourceCache {
  readonly #prefix: string;
  readonly #feed: Feed;
  readonly #limits: WindowLimits;
  readonly #indexes = new FieldIndexes();
  readonly #watchers = new WatcherSet();
  #objects = new SortedMap<StoredObject>();
  #window: EventWindow;
  #lastChange: number;

  constructor({ prefix, feed, start, limits }: CachedResourceOptions) {
    this.#prefix = prefix;
    this.#feed = feed;
    this.#limits = limits;
    this.#window = new EventWindow(start, limits);
    this.#lastChange = start;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string | undefined, name: string): StoredObject | undefined {
    return this.#objects.get(namespace ? `${namespace}/${name}` : name);
  }

  select(selection: Selection): readonly StoredObject[] {
    return [...this.#selected(toSelector(selection), undefined)].map(([, object]) => object);
  }

  async list(request: ListRequest): Promise<ListPage> {
    const selector = toSelector(request);
    const token = request.continue ? decodeContinue(request.continue) : undefined;
    const revision = token?.revision ?? request.revision;
    const limit = request.limit && request.limit > 0 ? request.limit : Infinity;
    // What has not changed since is what it was then.
    if (revision === undefined || (this.#lastChange <= revision && revision <= this.#feed.revision)) {
      return this.#listCached({ selector, limit, after: token?.after, revision: revision ?? this.#feed.revision });
    }
    return this.#listStored({ selector, limit, after: token?.after, revision });
  }

  async watch(request: WatchRequest, signal: AbortSignal): Promise<Watcher> {
    const { revision = 0, initialEvents = false } = request;
    if (revision > this.#feed.revision) await this.#feed.waitFor(revision, signal);
    const startsEmpty = initialEvents || revision === 0;
    if (!startsEmpty && revision < this.#window.start) {
      throw new StatusError('Expired', `too old resource version: ${revision} (${this.#window.start})`);
    }
    const watcher = new CacheWatcher({
      selector: toSelector(request),
      bookmarks: request.bookmarks ?? false,
      timeoutMs: request.timeoutMs,
      now: this.#feed.now(),
      onEnd: ended => this.#watchers.delete(ended),
    });
    if (startsEmpty) {
      const objects = [...this.#selected(watcher.selector, undefined)].map(([, object]) => object);
      watcher.begin(objects, initialEvents ? { type: 'BOOKMARK', revision: this.#feed.revision, initialEventsEnd: true } : undefined);
    } else {
      for (const change of this.#window.after(revision)) watcher.offer(change);
    }
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => watcher.finish('stopped'), { once: true });
    if (signal.aborted) watcher.finish('stopped');
    return watcher;
  }

  /** Changes come in the order of their revisions, each once. */
  apply(key: string, revision: number, object: StoredObject | undefined): void {
    const previous = this.#objects.get(key);
    if (object) this.#objects.set(key, object);
    else this.#objects.delete(key);
    this.#lastChange = revision;
    if (!object && !previous) return;
    this.#indexes.update(key, { object, previous });
    const change = new Change({ revision, object, previous });
    this.#window.push(change, this.#feed.now());
    this.#watchers.offer(change);
  }

  /** Takes an object of the state the feed begins with. */
  load(key: string, object: StoredObject): void {
    this.#objects.set(key, object);
  }

  tick(now: number, revision: number): void {
    this.#window.prune(now);
    for (const watcher of this.#watchers) watcher.tick(now, revision);
  }

  /** Forgets everything: the feed lost its place and begins again at `start`. */
  reset(start: number): void {
    for (const watcher of [...this.#watchers]) watcher.finish('reset');
    this.#objects = new SortedMap();
    this.#indexes.clear();
    this.#window = new EventWindow(start, this.#limits);
    this.#lastChange = start;
  }

  #listCached({ selector, limit, after, revision }: PageRequest): ListPage {
    const items: StoredObject[] = [];
    let last = '';
    for (const [key, object] of this.#selected(selector, after)) {
      if (items.length === limit) {
        const remaining = selector.selectsAll ? this.#objects.count(`${last}\0`, this.#end(selector)) : undefined;
        return { items, revision, continue: encodeContinue({ revision, after: last }), remaining };
      }
      items.push(object);
      last = key;
    }
    return { items, revision, continue: undefined, remaining: undefined };
  }

  /** In key order. */
  *#selected(selector: Selector, after: string | undefined): Iterable<readonly [string, StoredObject]> {
    const [equal] = selector.equals;
    const candidates = equal ? this.#indexed(equal, after) : this.#objects.entries(this.#start(selector, after), this.#end(selector));
    for (const entry of candidates) if (selector.selects(entry[1])) yield entry;
  }

  #indexed([field, value]: readonly [string, string], after: string | undefined): Iterable<readonly [string, StoredObject]> {
    const found = [...this.#indexes.bucket(field, value, this.#objects.entries('', undefined))];
    const rest = after === undefined ? found : found.filter(([key]) => key > after);
    return rest.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #start({ namespace }: Selector, after: string | undefined): string {
    return after !== undefined ? `${after}\0` : namespace === undefined ? '' : `${namespace}/`;
  }

  #end({ namespace }: Selector): string | undefined {
    return namespace === undefined ? undefined : `${namespace}${NAMESPACE_END}`;
  }

  /** As of a revision that the cache has left behind. */
  async #listStored({ selector, limit, after, revision }: PageRequest): Promise<ListPage> {
    const end = selector.namespace === undefined ? prefixEnd(this.#prefix) : `${this.#prefix}${selector.namespace}${NAMESPACE_END}`;
    const items: StoredObject[] = [];
    let start = `${this.#prefix}${this.#start(selector, after)}`;
    let last = '';
    for (;;) {
      const page = await this.#feed.store.range({ start, end, revision, limit: limit === Infinity ? 1_000 : limit + 1 });
      for (const { key, value, modRevision } of page.kvs) {
        const object = decodeValue(Buffer.from(value), modRevision);
        if (!selector.selects(object)) continue;
        if (items.length === limit) return { items, revision, continue: encodeContinue({ revision, after: last }), remaining: undefined };
        items.push(object);
        last = key.slice(this.#prefix.length);
      }
      const final = page.kvs.at(-1);
      if (!page.more || !final) return { items, revision, continue: undefined, remaining: undefined };
      start = `${final.key}\0`;
    }
  }
}

interface PageRequest {
  readonly selector: Selector;
  readonly limit: number;
  readonly after: string | undefined;
  readonly revision: number;
}
