import { StatusError } from '@steersman/status';
import { schemaOf, type FieldSchema, type TypeSchema } from '../schema/schema.ts';
import { applyMergePatch } from './merge-patch.ts';
import { jsonEquals } from './pointer.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_PREFIX = '$deleteFromPrimitiveList/';
const ORDER_PREFIX = '$setElementOrder/';

/**
 * Upstream's strategic merge patch: lists of objects with a merge key merge by that key, other lists are replaced, and `$patch`, `$retainKeys`,
 * `$deleteFromPrimitiveList/<field>` and `$setElementOrder/<field>` steer the merge
 * (https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md).
 * Returns a new document.
 */
export function applyStrategicMergePatch(schemaName: string, document: unknown, patch: unknown): Record<string, unknown> {
  if (!isObject(patch)) throw new StatusError('BadRequest', 'a strategic merge patch must be an object');
  return mergeObject({ kind: 'object', schema: schemaName }, isObject(document) ? document : {}, patch);
}

const fieldOf = (type: TypeSchema, name: string): FieldSchema | undefined =>
  type.kind === 'object' ? schemaOf(type.schema).fields.get(name) : undefined;

const typeOf = (type: TypeSchema, name: string): TypeSchema =>
  type.kind === 'map' ? type.of : (fieldOf(type, name)?.type ?? { kind: 'any' });

function mergeObject(type: TypeSchema, original: Json, patch: Json): Record<string, unknown> {
  const { [DIRECTIVE]: directive, [RETAIN_KEYS]: retained, ...changes } = patch;
  if (directive === 'delete') return {};
  if (directive === 'replace') return withoutDirectives(changes);
  if (directive !== undefined && directive !== 'merge')
    throw new StatusError('BadRequest', `unknown patch type: ${JSON.stringify(directive)}`);
  const merged = new Map(Object.entries(retained === undefined ? original : retain(original, retained)));
  for (const [name, value] of Object.entries(changes)) {
    if (name.startsWith(DELETE_PREFIX) || name.startsWith(ORDER_PREFIX)) continue;
    if (value === null) merged.delete(name);
    else merged.set(name, mergeField({ type, name, original: merged.get(name), value, patch }));
  }
  applyListDirectives(merged, { type, patch });
  return Object.fromEntries(merged);
}

function retain(original: Json, keys: unknown): Json {
  if (!Array.isArray(keys)) throw new StatusError('BadRequest', '$retainKeys must be a list of field names');
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.includes(key)));
}

interface FieldMerge {
  readonly type: TypeSchema;
  readonly name: string;
  readonly original: unknown;
  readonly value: unknown;
  readonly patch: Json;
}

function mergeField({ type, name, original, value }: FieldMerge): unknown {
  const fieldType = typeOf(type, name);
  const field = fieldOf(type, name);
  if (Array.isArray(value)) {
    if (!field?.patchStrategy.includes('merge') || fieldType.kind !== 'list') return value.map(withoutDirectivesIn);
    const list = Array.isArray(original) ? (original as unknown[]) : [];
    return field.patchMergeKey === undefined
      ? mergePrimitives(list, value)
      : mergeList({ list, patches: value, key: field.patchMergeKey, of: fieldType.of, path: name });
  }
  if (!isObject(value)) return value;
  if (field?.patchStrategy.includes('replace')) return withoutDirectives(value);
  if (fieldType.kind === 'object' || fieldType.kind === 'map') return mergeObject(fieldType, isObject(original) ? original : {}, value);
  return applyMergePatch(original, value);
}

const mergePrimitives = (list: readonly unknown[], added: readonly unknown[]): unknown[] => [
  ...list,
  ...added.filter((item, at) => !list.includes(item) && added.indexOf(item) === at),
];

interface ListMerge {
  readonly list: readonly unknown[];
  readonly patches: readonly unknown[];
  readonly key: string;
  readonly of: TypeSchema;
  readonly path: string;
}

function mergeList({ list, patches, key, of, path }: ListMerge): unknown[] {
  const items = patches.map(item => {
    if (isObject(item)) return item;
    throw new StatusError('BadRequest', `${path} is merged by ${key}: its items must be objects`);
  });
  // `{$patch: replace}` as an item replaces the list by the other items.
  if (items.some(item => item[DIRECTIVE] === 'replace' && item[key] === undefined))
    return items.filter(item => item[DIRECTIVE] === undefined).map(withoutDirectives);
  const merged = [...list];
  for (const item of items) {
    if (item[key] === undefined)
      throw new StatusError('BadRequest', `map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const at = merged.findIndex(existing => isObject(existing) && jsonEquals(existing[key], item[key]));
    if (item[DIRECTIVE] === 'delete') {
      if (at >= 0) merged.splice(at, 1);
    } else if (at >= 0) merged[at] = mergeObject(of, item[DIRECTIVE] === 'replace' ? {} : (merged[at] as Json), item);
    else merged.push(mergeObject(of, {}, item));
  }
  return merged;
}

function applyListDirectives(merged: Map<string, unknown>, { type, patch }: { readonly type: TypeSchema; readonly patch: Json }): void {
  for (const [name, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (name.startsWith(DELETE_PREFIX)) {
      const field = name.slice(DELETE_PREFIX.length);
      const list = merged.get(field);
      if (Array.isArray(list))
        merged.set(
          field,
          list.filter(item => !value.includes(item)),
        );
    } else if (name.startsWith(ORDER_PREFIX)) {
      const field = name.slice(ORDER_PREFIX.length);
      const list = merged.get(field);
      if (Array.isArray(list)) merged.set(field, ordered(list, { order: value, key: fieldOf(type, field)?.patchMergeKey }));
    }
  }
}

/** Items of `order` in its order; the others keep their place behind the item that they stood after. */
function ordered(
  list: readonly unknown[],
  { order, key }: { readonly order: readonly unknown[]; readonly key: string | undefined },
): unknown[] {
  const keyOf = (item: unknown): unknown => (key !== undefined && isObject(item) ? item[key] : item);
  const wanted = order.map(keyOf);
  const placeOf = (item: unknown): number => wanted.findIndex(value => jsonEquals(value, keyOf(item)));
  const listed = list.filter(item => placeOf(item) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
  const others = list.map((item, at) => ({ item, at })).filter(({ item }) => placeOf(item) < 0);
  const result = [...listed];
  for (const { item, at } of others) {
    const before = list.slice(0, at).findLast(other => result.includes(other));
    result.splice(before === undefined ? 0 : result.indexOf(before) + 1, 0, item);
  }
  return result;
}

function withoutDirectives(value: Json): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name, item]) =>
          item !== null && name !== DIRECTIVE && name !== RETAIN_KEYS && !name.startsWith(DELETE_PREFIX) && !name.startsWith(ORDER_PREFIX),
      )
      .map(([name, item]) => [name, withoutDirectivesIn(item)]),
  );
}

function withoutDirectivesIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectivesIn);
  return isObject(value) ? withoutDirectives(value) : value;
}
