import { currentTrace, formatTraceparent } from '@steersman/telemetry';
import { decodeValue, encodeValue, type KeyValue, type Store, type StoredObject } from '@steersman/store';
import { type ApiObject, groupVersion, type Kind } from '@steersman/types';
import type { Companions } from './admission.ts';
import { fieldsOf, storeKey } from './selection.ts';

/** An object as it is stored now, parsed, with what a compare-and-swap on it needs. */
export interface Current {
  readonly object: ApiObject;
  readonly kv: KeyValue;
}

const NOTHING: Companions = { compares: [], internal: [] };

/** Objects in the store: read linearizably, written by compare-and-swap. */
export class Objects {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async read(kind: Kind, namespace: string, name: string): Promise<Current | undefined> {
    const kv = await this.#store.get(storeKey(kind, namespace, name));
    if (!kv) return undefined;
    return { kv, object: JSON.parse(decodeValue(kv.value, kv.modRevision).body.toString('utf8')) as ApiObject };
  }

  /** Undefined when the object exists, or a companion's compare failed. */
  async create(kind: Kind, object: ApiObject, { compares, internal }: Companions = NOTHING): Promise<StoredObject | undefined> {
    const key = storeKey(kind, object.metadata.namespace ?? '', object.metadata.name);
    const value = encode(kind, object);
    const result = await this.#store.transact({
      compares: [{ key, modRevision: 0 }, ...compares],
      write: { type: 'put', key, value },
      internal,
    });
    return result.committed ? decodeValue(value, result.revision) : undefined;
  }

  /** Undefined when the object has changed since, or a companion's compare failed. */
  async replace(
    kind: Kind,
    object: ApiObject,
    { kv }: Current,
    { compares, internal }: Companions = NOTHING,
  ): Promise<StoredObject | undefined> {
    const value = encode(kind, object);
    const { key, modRevision } = kv;
    const result = await this.#store.transact({
      compares: [{ key, modRevision }, ...compares],
      write: { type: 'put', key, value },
      internal,
    });
    return result.committed ? decodeValue(value, result.revision) : undefined;
  }

  /** False when the object has changed since. */
  async remove({ kv: { key, modRevision } }: Current, { compares, internal }: Companions = NOTHING): Promise<boolean> {
    const result = await this.#store.transact({ compares: [{ key, modRevision }, ...compares], write: { type: 'delete', key }, internal });
    return result.committed;
  }
}

function encode(kind: Kind, object: ApiObject): Buffer {
  const trace = currentTrace();
  return encodeValue({
    object: { ...object, apiVersion: groupVersion(kind), kind: kind.kind },
    fields: fieldsOf(kind, object),
    traceparent: trace && formatTraceparent(trace),
  });
}

/** An object in the form of an answer, though it is not stored: what a dry run ends in. */
export const unstored = (kind: Kind, { metadata: { resourceVersion, ...metadata }, ...rest }: ApiObject): object => ({
  ...rest,
  apiVersion: groupVersion(kind),
  kind: kind.kind,
  metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) },
});
