import type { StoredObject } from './stored-value.ts';
import type { Store } from './store.ts';
import type { Variants } from './variants.ts';

/** What a list or watch wants. All parts must hold. */
export interface Selection {
  /** Only this namespace; all unless told. */
  readonly namespace?: string | undefined;
  /** Fields that must have exactly these values (metadata.name and metadata.namespace included): answered by index, without a scan. */
  readonly equals?: Readonly<Record<string, string>> | undefined;
  /** The rest of the label and field selectors, over labels and fields only. */
  readonly matches?: ((object: StoredObject) => boolean) | undefined;
}

export interface ListRequest extends Selection {
  /** 0 or absent is no limit. */
  readonly limit?: number | undefined;
  /** `continue` of the page before; the selection must be the same. */
  readonly continue?: string | undefined;
  /**
   * Exactly as of this revision (resourceVersionMatch=Exact); Expired when it is compacted. Absent is what the cache
   * holds now: wait with `WatchCache.current` first for a consistent read, with `waitFor` for "not older than".
   */
  readonly revision?: number | undefined;
}

export interface ListPage {
  /** In ascending order of namespace and name. */
  readonly items: readonly StoredObject[];
  /** What the whole list, over all its pages, is true at. */
  readonly revision: number;
  /** Absent on the last page. */
  readonly continue: string | undefined;
  /** Items after this page, where that is known without reading them. */
  readonly remaining: number | undefined;
}

export interface WatchRequest extends Selection {
  /**
   * Events after this revision; Expired when it is beyond the window of recent events, Timeout when it does not come
   * within 3 seconds. Absent (or 0) starts with an ADDED event for each object there is.
   */
  readonly revision?: number | undefined;
  /** As `sendInitialEvents=true`: ADDED for each object there is (not older than `revision`), then a bookmark with `initialEventsEnd`. */
  readonly initialEvents?: boolean | undefined;
  /** A bookmark about every minute, and shortly before `timeoutMs` is over. */
  readonly bookmarks?: boolean | undefined;
  /** The watch ends after this long; unlimited unless told. */
  readonly timeoutMs?: number | undefined;
}

/** The same value for every watcher it is sent to, so what is made of it once can be shared (see `Variants`). */
export type CacheEvent =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly revision: number;
      /** On DELETED the last version, under the revision of the delete (or of the change that left the selection). */
      readonly object: StoredObject;
      /** The version that was replaced. */
      readonly previous: StoredObject | undefined;
    }
  | { readonly type: 'BOOKMARK'; readonly revision: number; readonly initialEventsEnd: boolean };

/**
 * Why a watcher ended: `stopped` by its reader, `timeout` as asked for, `slow` when more waits for it than it may hold,
 * `reset` when the cache had to start over. In every case the client may watch again from the last revision it saw.
 */
export type WatcherEnd = 'stopped' | 'timeout' | 'slow' | 'reset';

/** Pull, so that back pressure is the reader's: take a batch, write it in one write, wait for drain, take the next. */
export interface Watcher extends Disposable {
  /** All that is due, as soon as there is anything (large initial states come in parts); undefined when the watch has ended. */
  next(): Promise<readonly CacheEvent[] | undefined>;
  /** Undefined while it runs. */
  readonly end: WatcherEnd | undefined;
  /** Ends the watch and frees what it holds; a waiting `next` resolves with undefined. */
  [Symbol.dispose](): void;
}

/** Reads of one resource. Its objects and its window live as long as the cache. */
export interface ResourceCache {
  get(namespace: string | undefined, name: string): StoredObject | undefined;
  /** All that is selected, as the cache holds it now. */
  select(selection: Selection): readonly StoredObject[];
  list(request: ListRequest): Promise<ListPage>;
  watch(request: WatchRequest, signal: AbortSignal): Promise<Watcher>;
  readonly size: number;
}

/** One store watch over /registry/ that feeds a cache per resource. Reads before `ready` see nothing. */
export interface WatchCache {
  /** Feeds the cache until `signal` aborts; trouble with the store is retried. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once the cache holds everything that was durable when `run` was called. */
  ready(signal: AbortSignal): Promise<void>;
  /** What it is fed from: for consistent reads its newest revision is what the cache must have. */
  readonly store: Pick<Store, 'revision'>;
  /** The cache holds every change up to this revision. */
  readonly revision: number;
  /** Any resource, also one without objects; `prefix` is `/registry/<group or core>/<plural>/`. */
  resource(prefix: string): ResourceCache;
  /** Resolves when the cache holds `revision`; throws Timeout `Too large resource version` after 3 seconds. */
  waitFor(revision: number, signal: AbortSignal): Promise<void>;
  /** For a consistent read: waits until the cache holds all that was durable at the time of the call; resolves with that revision. */
  current(signal: AbortSignal): Promise<number>;
  /** What readers make of its objects. */
  readonly variants: Variants;
}
