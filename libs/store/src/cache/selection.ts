import type { StoredObject } from '../stored-value.ts';
import type { Selection } from '../watch-types.ts';

/** A selection ready to be asked, with what an index can use of it. */
export interface Selector {
  /** Undefined is all. */
  readonly namespace: string | undefined;
  /** Equality on fields other than metadata.namespace. */
  readonly equals: readonly (readonly [field: string, value: string])[];
  readonly selectsAll: boolean;
  selects(object: StoredObject): boolean;
}

export function toSelector({ namespace, equals = {}, matches }: Selection): Selector {
  const { 'metadata.namespace': wanted, ...others } = equals;
  const pairs = Object.entries(others);
  const contradicts = namespace !== undefined && wanted !== undefined && namespace !== wanted;
  const inNamespace = namespace ?? wanted;
  return {
    namespace: inNamespace,
    equals: pairs,
    selectsAll: !contradicts && pairs.length === 0 && !matches,
    selects: object =>
      !contradicts &&
      (inNamespace === undefined || (object.namespace ?? '') === inNamespace) &&
      pairs.every(([field, value]) => object.field(field) === value) &&
      (!matches || matches(object)),
  };
}
