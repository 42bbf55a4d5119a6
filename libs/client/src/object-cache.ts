import { type ApiObject, type Key, keyOf } from '@steersman/types';

/** Values an object is found under; none keeps it out of the index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Objects by key, by namespace and by any number of named indexes. */
export class ObjectCache<T extends ApiObject> {
  readonly #objects = new Map<Key, T>();
  readonly #byNamespace = new Map<string, Map<Key, T>>();
  readonly #indexes: ReadonlyMap<string, { readonly valuesOf: IndexFunction<T>; readonly found: Map<string, Map<Key, T>> }>;

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    this.#indexes = new Map(Object.entries(indexes).map(([name, valuesOf]) => [name, { valuesOf, found: new Map() }]));
  }

  get(key: Key): T | undefined {
    return this.#objects.get(key);
  }

  keys(): readonly Key[] {
    return [...this.#objects.keys()];
  }

  list(namespace?: string): readonly T[] {
    return [...(namespace === undefined ? this.#objects : (this.#byNamespace.get(namespace) ?? NONE)).values()];
  }

  by(index: string, value: string): readonly T[] {
    const entry = this.#indexes.get(index);
    if (!entry) throw new Error(`there is no index "${index}", only ${[...this.#indexes.keys()].join(', ') || 'none'}`);
    return [...(entry.found.get(value)?.values() ?? [])];
  }

  /** The object it replaces. */
  set(next: T): T | undefined {
    const key = keyOf(next);
    const prev = this.delete(key);
    this.#objects.set(key, next);
    put(this.#byNamespace, next.metadata.namespace ?? '', key, next);
    for (const { valuesOf, found } of this.#indexes.values()) for (const value of valuesOf(next)) put(found, value, key, next);
    return prev;
  }

  delete(key: Key): T | undefined {
    const prev = this.#objects.get(key);
    if (!prev) return undefined;
    this.#objects.delete(key);
    drop(this.#byNamespace, prev.metadata.namespace ?? '', key);
    for (const { valuesOf, found } of this.#indexes.values()) for (const value of valuesOf(prev)) drop(found, value, key);
    return prev;
  }
}

const NONE = new Map<Key, never>();

function put<T>(index: Map<string, Map<Key, T>>, value: string, key: Key, object: T): void {
  const bucket = index.get(value);
  if (bucket) bucket.set(key, object);
  else index.set(value, new Map([[key, object]]));
}

function drop<T>(index: Map<string, Map<Key, T>>, value: string, key: Key): void {
  const bucket = index.get(value);
  bucket?.delete(key);
  if (bucket?.size === 0) index.delete(value);
}
