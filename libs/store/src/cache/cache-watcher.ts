import type { StoredObject } from '../stored-value.ts';
import type { CacheEvent, Watcher, WatcherEnd } from '../watch-types.ts';
import type { Change } from './change.ts';
import type { Selector } from './selection.ts';

/** What may wait for one reader; more, and it has to start over. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const BOOKMARK_MS = 60_000;
/** So that the client can resume from it when the watch times out. */
const BOOKMARK_BEFORE_TIMEOUT_MS = 2_000;
const INITIAL_PART = 500;

export interface CacheWatcherOptions {
  readonly selector: Selector;
  readonly bookmarks: boolean;
  readonly timeoutMs: number | undefined;
  readonly now: number;
  /** Called once, when the watch ends. */
  readonly onEnd: (watcher: CacheWatcher) => void;
}

export class CacheWatcher implements Watcher {
  readonly selector: Selector;
  readonly #bookmarks: boolean;
  readonly #onEnd: (watcher: CacheWatcher) => void;
  readonly #timeout: NodeJS.Timeout | undefined;
  #bookmarkAt: number;
  /** Objects there were at the start, not read yet. */
  #initial: readonly StoredObject[] = [];
  #queue: CacheEvent[] = [];
  #queuedBytes = 0;
  #end: WatcherEnd | undefined;
  #wake: (() => void) | undefined;

  constructor({ selector, bookmarks, timeoutMs, now, onEnd }: CacheWatcherOptions) {
    this.selector = selector;
    this.#bookmarks = bookmarks;
    this.#onEnd = onEnd;
    this.#bookmarkAt = now + Math.min(BOOKMARK_MS, Math.max(0, (timeoutMs ?? Infinity) - BOOKMARK_BEFORE_TIMEOUT_MS));
    if (timeoutMs !== undefined) this.#timeout = setTimeout(() => this.finish('timeout'), timeoutMs).unref();
  }

  get end(): WatcherEnd | undefined {
    return this.#end;
  }

  /** Begins with ADDED for these; they cost no memory of their own. */
  begin(objects: readonly StoredObject[], endOfInitial: CacheEvent | undefined): void {
    this.#initial = objects;
    if (endOfInitial) this.#push(endOfInitial, 0);
  }

  offer(change: Change): void {
    if (this.#end) return;
    const before = change.previous !== undefined && this.selector.selects(change.previous);
    const after = change.object !== undefined && this.selector.selects(change.object);
    const event = change.eventFor({ before, after });
    if (event) this.#push(event, change.sizeBytes);
  }

  /** Says how far the watch has come, when it is time to. */
  tick(now: number, revision: number): void {
    if (!this.#bookmarks || now < this.#bookmarkAt) return;
    this.#bookmarkAt = now + BOOKMARK_MS;
    this.#push({ type: 'BOOKMARK', revision, initialEventsEnd: false }, 0);
  }

  finish(end: WatcherEnd): void {
    if (this.#end) return;
    this.#end = end;
    clearTimeout(this.#timeout);
    if (end !== 'timeout') {
      this.#queue = [];
      this.#initial = [];
    }
    this.#onEnd(this);
    this.#wake?.();
  }

  async next(): Promise<readonly CacheEvent[] | undefined> {
    for (;;) {
      const part = this.#take();
      if (part.length > 0) return part;
      if (this.#end) return undefined;
      await new Promise<void>(resolve => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.finish('stopped');
  }

  #take(): readonly CacheEvent[] {
    if (this.#initial.length > 0) {
      const part = this.#initial.slice(0, INITIAL_PART);
      this.#initial = this.#initial.slice(INITIAL_PART);
      return part.map(object => ({ type: 'ADDED', revision: object.resourceVersion, object, previous: undefined }));
    }
    const queue = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    return queue;
  }

  #push(event: CacheEvent, bytes: number): void {
    this.#queuedBytes += bytes;
    if (this.#queuedBytes > MAX_WAITING_BYTES) return this.finish('slow');
    this.#queue.push(event);
    this.#wake?.();
  }
}
