import type { Client, Informer, ResourceClient } from '@steersman/client';
import { isReason } from '@steersman/status';
import { type ApiObject, eventKind, findKindOf, type Key, keyOf, type Kind, STORED_KINDS, type OwnerReference } from '@steersman/types';
import { BY_OWNER, type Informers } from '../informers.ts';

/** An object of any kind, named so that one queue can hold them all. */
export interface Item {
  readonly kind: Kind;
  readonly key: Key;
}

/** Events own nothing and are owned by nothing; they go by their age. */
export const COLLECTABLE = STORED_KINDS.filter(kind => kind !== eventKind);

const nameOf = ({ plural, group }: Kind): string => `${plural}.${group}`;
const byName = new Map(COLLECTABLE.map(kind => [nameOf(kind), kind]));

export const itemKey = ({ kind, key }: Item): Key => `${nameOf(kind)}:${key}`;

export function itemOf(text: Key): Item {
  const at = text.indexOf(':');
  const kind = byName.get(text.slice(0, at));
  if (!kind) throw new Error(`${text} is no item of the collector`);
  return { kind, key: text.slice(at + 1) };
}

/** All collectable objects, by what owns them and by what they own. */
export class Collectables {
  readonly #client: Client;
  readonly #informer: Informers;

  constructor(client: Client, informer: Informers) {
    this.#client = client;
    this.#informer = informer;
  }

  informerOf(kind: Kind): Informer<ApiObject> {
    return this.#informer(kind);
  }

  clientOf(kind: Kind): ResourceClient<ApiObject> {
    return this.#client.of(kind);
  }

  get({ kind, key }: Item): ApiObject | undefined {
    return this.#informer(kind).get(key);
  }

  dependentsOf(uid: string): readonly (Item & { readonly object: ApiObject })[] {
    return COLLECTABLE.flatMap(kind =>
      this.#informer(kind)
        .by(BY_OWNER, uid)
        .map(object => ({ kind, key: keyOf(object), object })),
    );
  }

  /** Where the owner would be; undefined for a kind that is not served, or a reference out of a cluster-wide object into a namespace. */
  ownerItem({ metadata: { namespace } }: ApiObject, reference: OwnerReference): Item | undefined {
    const kind = findKindOf(reference.apiVersion, reference.kind);
    if (!kind || (kind.scope === 'Namespaced' && namespace === undefined)) return undefined;
    return { kind, key: kind.scope === 'Namespaced' ? `${namespace}/${reference.name}` : reference.name };
  }

  /** What the server holds, where the informer shows nothing or another object: an owner is never missed by being early. */
  async confirm({ kind, key }: Item, uid: string, signal: AbortSignal): Promise<ApiObject | undefined> {
    const cached = this.#informer(kind).get(key);
    if (cached?.metadata.uid === uid) return cached;
    const at = key.indexOf('/');
    const ref = at < 0 ? { name: key } : { namespace: key.slice(0, at), name: key.slice(at + 1) };
    try {
      const found = await this.#client.of(kind).get(ref, { signal });
      return found.metadata.uid === uid ? found : undefined;
    } catch (err) {
      if (isReason(err, 'NotFound')) return undefined;
      throw err;
    }
  }
}
