import type { Informer } from '@steersman/client';
import { type ApiObject, controllerOf, groupVersion, type Key, type Kind } from '@steersman/types';

export type Enqueue = (key: Key, traceparent: string | undefined) => void;

/** One source of work: says which keys to look at again when something changes. */
export interface Watch {
  synced(signal: AbortSignal): Promise<void>;
  start(enqueue: Enqueue): Disposable;
}

/** Enqueues the keys an object maps to, both before and after the change (labels may have moved it). */
export const watch = <T extends ApiObject>(informer: Informer<T>, keys: (object: T) => readonly Key[]): Watch => ({
  synced: signal => informer.synced(signal),
  start: enqueue =>
    informer.subscribe(({ prev, next, traceparent }) => {
      const found = new Set([...(prev ? keys(prev) : []), ...(next ? keys(next) : [])]);
      for (const key of found) enqueue(key, traceparent);
    }),
});

/** Enqueues the object of `owner` that controls the changed one. */
export const watchOwned = <T extends ApiObject, O extends ApiObject>(informer: Informer<T>, owner: Kind<O>): Watch =>
  watch(informer, object => {
    const reference = controllerOf(object);
    if (reference?.kind !== owner.kind || reference.apiVersion !== groupVersion(owner)) return [];
    return [object.metadata.namespace ? `${object.metadata.namespace}/${reference.name}` : reference.name];
  });
