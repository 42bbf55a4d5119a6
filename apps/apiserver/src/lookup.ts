import { decodeValue, type Store, type StoredObject, type WatchCache } from '@steersman/store';
import type { Kind } from '@steersman/types';
import { resourcePrefix, storeKey } from './machine/selection.ts';

/** An object as it is known; what the cache does not hold (yet) is looked for in the store. */
export type Lookup = (kind: Kind, namespace: string, name: string) => Promise<StoredObject | undefined>;

export const createLookup =
  ({ cache, store }: { readonly cache: WatchCache; readonly store: Store }): Lookup =>
  async (kind, namespace, name) => {
    const cached = cache.resource(resourcePrefix(kind)).get(namespace || undefined, name);
    if (cached) return cached;
    const stored = await store.get(storeKey(kind, namespace, name));
    return stored && decodeValue(stored.value, stored.modRevision);
  };

/** Like a Lookup, but never older than what the store holds at the time of the call: the cache only answers when it is up to date. */
export const createCurrentLookup =
  ({ cache, store }: { readonly cache: WatchCache; readonly store: Store }): Lookup =>
  async (kind, namespace, name) => {
    const revision = await store.revision();
    const cached = revision <= cache.revision && cache.resource(resourcePrefix(kind)).get(namespace || undefined, name);
    if (cached) return cached;
    const stored = await store.get(storeKey(kind, namespace, name));
    return stored && decodeValue(stored.value, stored.modRevision);
  };

const shared = new WeakMap<StoredObject, unknown>();

/** Each version is parsed once and shared by all who ask: it is never written to. */
export function parseShared<T>(stored: StoredObject): Readonly<T> {
  const known = shared.get(stored) ?? parseStored<T>(stored);
  shared.set(stored, known);
  return known as T;
}

export const parseStored = <T>({ body }: StoredObject): T => JSON.parse(body.toString('utf8')) as T;
