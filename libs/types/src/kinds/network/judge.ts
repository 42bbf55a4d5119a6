import { messageOf } from '../../field-error.ts';
import type { Kind } from '../../kind.ts';
import type { ApiObject } from '../../meta.ts';
import { normalize } from '../../schema/normalize.ts';
import { validateMetadata } from '../../validation/metadata.ts';

const NOW = new Date('2026-01-01T00:10:00Z');

export const defaulted = <T extends ApiObject>(kind: Kind<T>, fields: object, name = 'web'): T => {
  const metadata = { name, ...(kind.scope === 'Namespaced' && { namespace: 'default' }) };
  const object = normalize(kind.schema, { metadata, ...fields }).object as unknown as T;
  kind.defaults?.(object);
  return object;
};

/** What is said about a new object with these fields. */
export const faultsOf = <T extends ApiObject>(kind: Kind<T>, fields: object, name?: string): readonly string[] => {
  const object = defaulted(kind, fields, name);
  return [...validateMetadata(kind, object), ...(kind.validate?.(object) ?? [])].map(fault => `${fault.field}: ${messageOf(fault)}`);
};

/** What is said about a change. */
export const changeFaultsOf = <T extends ApiObject>(kind: Kind<T>, prev: object, next: object): readonly string[] =>
  (kind.validateUpdate?.(defaulted(kind, next), defaulted(kind, prev)) ?? []).map(fault => `${fault.field}: ${messageOf(fault)}`);

export const cellsOf = <T extends ApiObject>(kind: Kind<T>, fields: object): readonly unknown[] =>
  kind.columns.map(column => column.value(defaulted(kind, fields), { now: NOW }));
