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

export const parseStored = <T>({ body }: StoredObject): T => JSON.parse(body.toString('utf8')) as T;
