import type { StoredObject, WatchCache } from '@steersman/store';
import type { ApiObject, Kind } from '@steersman/types';
import { resourcePrefix } from './machine/selection.ts';

/** Objects of the watch cache, each version parsed once and shared by all readers: they are never written to. */
export interface CachedObjects {
  /** In the order of their names. */
  all<T extends ApiObject>(kind: Kind<T>, namespace?: string): readonly T[];
  /** Waits until all that was durable at the time of the call can be seen. */
  current(signal: AbortSignal): Promise<unknown>;
}

export function createCachedObjects(cache: WatchCache): CachedObjects {
  const parsed = new WeakMap<StoredObject, ApiObject>();
  const objectOf = (stored: StoredObject): ApiObject => {
    const known = parsed.get(stored) ?? (JSON.parse(stored.body.toString('utf8')) as ApiObject);
    parsed.set(stored, known);
    return known;
  };
  return {
    all: <T extends ApiObject>(kind: Kind<T>, namespace?: string) =>
      cache
        .resource(resourcePrefix(kind))
        .select({ namespace })
        .map(stored => objectOf(stored) as T), // the cache keeps one kind per resource
    current: signal => cache.current(signal),
  };
}
