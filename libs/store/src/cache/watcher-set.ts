import type { Change } from './change.ts';
import type { CacheWatcher } from './cache-watcher.ts';

/**
 * The watchers of one resource. One that asks for a field's value waits under that value, so that it costs nothing
 * when other objects change.
 */
export class WatcherSet implements Iterable<CacheWatcher> {
  readonly #any = new Set<CacheWatcher>();
  readonly #byField = new Map<string, Map<string, Set<CacheWatcher>>>();

  add(watcher: CacheWatcher): void {
    this.#bucket(watcher, true)?.add(watcher);
  }

  delete(watcher: CacheWatcher): void {
    const bucket = this.#bucket(watcher, false);
    bucket?.delete(watcher);
    const [field, value] = watcher.selector.equals[0] ?? [];
    if (field === undefined || value === undefined || bucket?.size !== 0) return;
    this.#byField.get(field)?.delete(value);
    if (this.#byField.get(field)?.size === 0) this.#byField.delete(field);
  }

  offer(change: Change): void {
    for (const watcher of this.#any) watcher.offer(change);
    for (const [field, buckets] of this.#byField) {
      const before = change.previous?.field(field);
      const after = change.object?.field(field);
      if (after !== undefined) offerTo(buckets.get(after), change);
      if (before !== undefined && before !== after) offerTo(buckets.get(before), change);
    }
  }

  *[Symbol.iterator](): Iterator<CacheWatcher> {
    yield* this.#any;
    for (const buckets of this.#byField.values()) for (const bucket of buckets.values()) yield* bucket;
  }

  #bucket(watcher: CacheWatcher, make: boolean): Set<CacheWatcher> | undefined {
    const [field, value] = watcher.selector.equals[0] ?? [];
    if (field === undefined || value === undefined) return this.#any;
    let buckets = this.#byField.get(field);
    if (!buckets && make) this.#byField.set(field, (buckets = new Map<string, Set<CacheWatcher>>()));
    let bucket = buckets?.get(value);
    if (!bucket && make) buckets?.set(value, (bucket = new Set()));
    return bucket;
  }
}

function offerTo(watchers: ReadonlySet<CacheWatcher> | undefined, change: Change): void {
  for (const watcher of watchers ?? []) watcher.offer(change);
}
