import type { Client } from '@steersman/client';
import type { Controller, Outcome, Turn, Watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type ApiObject, jsonEquals, type Kind } from '@steersman/types';
import type { Informers } from '../informers.ts';
import { COLLECTABLE, Collectables, type Item, itemKey, itemOf } from './collectable.ts';
import { blocks, FOREGROUND, isLeaving, judge, ORPHAN, type Owned } from './owner-graph.ts';

export interface GarbageCollectorDeps {
  readonly client: Client;
  readonly informer: Informers;
}

/**
 * Deletes what has lost its last owner, ends foreground deletions when their dependents are gone, and sets orphans free.
 * The graph is the informers' index by owner; nothing is deleted because an owner merely is not seen yet.
 */
export function garbageCollector({ client, informer }: GarbageCollectorDeps): Controller {
  const objects = new Collectables(client, informer);
  const collector = new Collector(objects);
  return {
    name: 'garbage-collector',
    workers: 10,
    watches: COLLECTABLE.map(kind => watchKind(objects, kind)),
    reconcile: (key, turn) => collector.reconcile(itemOf(key), turn),
  };
}

/** Only what may change a verdict: most writes are status, and are not looked at. */
function watchKind(objects: Collectables, kind: Kind): Watch {
  const informer = objects.informerOf(kind);
  const keyOfObject = ({ metadata: { namespace, name } }: ApiObject): string =>
    itemKey({ kind, key: namespace ? `${namespace}/${name}` : name });
  const dependents = ({ metadata }: ApiObject): readonly string[] => objects.dependentsOf(metadata.uid).map(itemKey);
  const owners = (object: ApiObject): readonly string[] =>
    (object.metadata.ownerReferences ?? []).flatMap(reference => {
      const item = objects.ownerItem(object, reference);
      return item ? [itemKey(item)] : [];
    });
  return {
    synced: signal => informer.synced(signal),
    start: enqueue =>
      informer.subscribe(({ prev, next, traceparent }) => {
        const affected = next
          ? touches(prev, next)
            ? [keyOfObject(next), ...(next.metadata.deletionTimestamp ? dependents(next) : [])]
            : []
          : prev
            ? [...dependents(prev), ...owners(prev)]
            : [];
        for (const key of affected) enqueue(key, traceparent);
      }),
  };
}

function touches(prev: ApiObject | undefined, next: ApiObject): boolean {
  const facts = ({ metadata: { ownerReferences = [], finalizers = [], deletionTimestamp = '' } }: ApiObject) => ({
    ownerReferences,
    finalizers,
    deletionTimestamp,
  });
  if (prev) return !jsonEquals(facts(prev), facts(next));
  return (next.metadata.ownerReferences ?? []).length > 0 || next.metadata.deletionTimestamp !== undefined;
}

class Collector {
  readonly #objects: Collectables;

  constructor(objects: Collectables) {
    this.#objects = objects;
  }

  async reconcile(item: Item, turn: Turn): Promise<Outcome> {
    const object = this.#objects.get(item);
    if (!object) return undefined;
    if (isLeaving(object, ORPHAN)) await this.#orphanDependents(item, object, turn);
    else if (isLeaving(object, FOREGROUND)) await this.#awaitDependents(item, object, turn);
    else if (!object.metadata.deletionTimestamp) await this.#collect(item, object, turn);
    return undefined;
  }

  /** Deletes the object, or cuts its ties to owners that are gone, if so its owners' ends demand. */
  async #collect({ kind }: Item, object: ApiObject, { signal, log }: Turn): Promise<void> {
    const owners = await this.#ownersOf(object, signal);
    const verdict = judge(object, owners, this.#objects.dependentsOf(object.metadata.uid).length > 0);
    if (verdict.action === 'dropReferences') await this.#dropReferences(kind, object, { uids: verdict.uids, signal });
    if (verdict.action !== 'delete') return;
    const { uid, resourceVersion } = object.metadata;
    try {
      await this.#objects
        .clientOf(kind)
        .delete(object.metadata, { propagationPolicy: verdict.propagationPolicy, preconditions: { uid, resourceVersion }, signal });
      log.info('deleted: its owners are gone', { kind: kind.kind, propagationPolicy: verdict.propagationPolicy });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
    }
  }

  async #ownersOf(object: ApiObject, signal: AbortSignal): Promise<readonly Owned[]> {
    return await Promise.all(
      (object.metadata.ownerReferences ?? []).map(async (reference): Promise<Owned> => {
        const item = this.#objects.ownerItem(object, reference);
        if (!item) return { reference, state: 'present' }; // of a kind we do not serve: not ours to judge
        const owner = await this.#objects.confirm(item, reference.uid, signal);
        if (!owner) return { reference, state: 'absent' };
        return { reference, state: isLeaving(owner, FOREGROUND) ? 'waiting' : 'present' };
      }),
    );
  }

  /** The dependents are looked at on their own account; the last one that goes brings us back here. */
  async #awaitDependents({ kind }: Item, object: ApiObject, { signal }: Turn): Promise<void> {
    const { uid } = object.metadata;
    if (this.#objects.dependentsOf(uid).some(dependent => blocks(dependent.object, uid))) return;
    await this.#dropFinalizer(kind, object, { finalizer: FOREGROUND, signal });
  }

  async #orphanDependents({ kind }: Item, object: ApiObject, { signal }: Turn): Promise<void> {
    const { uid } = object.metadata;
    for (const dependent of this.#objects.dependentsOf(uid))
      await this.#dropReferences(dependent.kind, dependent.object, { uids: [uid], signal });
    await this.#dropFinalizer(kind, object, { finalizer: ORPHAN, signal });
  }

  async #dropReferences(
    kind: Kind,
    object: ApiObject,
    { uids, signal }: { readonly uids: readonly string[]; readonly signal: AbortSignal },
  ): Promise<void> {
    const ownerReferences = (object.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.includes(uid));
    await this.#patch(kind, object, { change: { ownerReferences }, signal });
  }

  async #dropFinalizer(
    kind: Kind,
    object: ApiObject,
    { finalizer, signal }: { readonly finalizer: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const finalizers = (object.metadata.finalizers ?? []).filter(name => name !== finalizer);
    await this.#patch(kind, object, { change: { finalizers }, signal });
  }

  async #patch(
    kind: Kind,
    object: ApiObject,
    { change, signal }: { readonly change: object; readonly signal: AbortSignal },
  ): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    try {
      await this.#objects
        .clientOf(kind)
        .patch(object.metadata, { metadata: { uid, resourceVersion, ...change } }, { type: 'application/merge-patch+json', signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
    }
  }
}
