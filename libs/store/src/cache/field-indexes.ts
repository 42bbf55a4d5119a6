import type { StoredObject } from '../stored-value.ts';

type Bucket = Map<string, StoredObject>;

/** Objects of one resource by the value of a field; a field gets its index when it is first asked for. */
export class FieldIndexes {
  readonly #byField = new Map<string, Map<string, Bucket>>();

  /** Objects by key, in no order. `all` is read once per field. */
  bucket(field: string, value: string, all: Iterable<readonly [string, StoredObject]>): ReadonlyMap<string, StoredObject> {
    let buckets = this.#byField.get(field);
    if (!buckets) {
      buckets = new Map();
      this.#byField.set(field, buckets);
      for (const [key, object] of all) add(buckets, { key, object, value: object.field(field) });
    }
    return buckets.get(value) ?? NOTHING;
  }

  update(
    key: string,
    { object, previous }: { readonly object: StoredObject | undefined; readonly previous: StoredObject | undefined },
  ): void {
    for (const [field, buckets] of this.#byField) {
      const before = previous?.field(field);
      const after = object?.field(field);
      if (before !== undefined && before !== after) remove(buckets, before, key);
      if (object && after !== undefined) add(buckets, { key, object, value: after });
    }
  }

  clear(): void {
    this.#byField.clear();
  }
}

const NOTHING: ReadonlyMap<string, StoredObject> = new Map();

function add(
  buckets: Map<string, Bucket>,
  { key, object, value }: { readonly key: string; readonly object: StoredObject; readonly value: string },
): void {
  const bucket = buckets.get(value);
  if (bucket) bucket.set(key, object);
  else buckets.set(value, new Map([[key, object]]));
}

function remove(buckets: Map<string, Bucket>, value: string, key: string): void {
  const bucket = buckets.get(value);
  bucket?.delete(key);
  if (bucket?.size === 0) buckets.delete(value);
}
