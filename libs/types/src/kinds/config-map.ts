import type { ConfigMap } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { type Faults, forbidden, invalidValue, tooLong } from '../validation/faults.ts';
import { jsonEquals } from '../patch/pointer.ts';

const MAX_BYTES = 1024 * 1024;

/** Keys of a ConfigMap or Secret become file names. */
export function validateDataKey(key: string, field: string): Faults {
  const path = `${field}[${key}]`;
  if (key.length > 253) return invalidValue(path, key, 'must be no more than 253 characters');
  if (key === '.' || key === '..' || key.startsWith('..'))
    return invalidValue(path, key, key === '.' ? "must not be '.'" : key === '..' ? "must not be '..'" : "must not start with '..'");
  return /^[-._a-zA-Z0-9]+$/.test(key)
    ? []
    : invalidValue(
        path,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      );
}

export const configMapKind = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  scope: 'Namespaced',
  schema: 'V1ConfigMap',
  columns: [
    {
      name: 'Data',
      type: 'string',
      description: 'Data contains the configuration data.',
      value: ({ data, binaryData }) => String(Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length),
    },
  ],
  validate({ data = {}, binaryData = {} }) {
    const bytes = [...Object.values(data), ...Object.values(binaryData)].reduce((sum, value) => sum + value.length, 0);
    return [
      ...Object.keys(data).flatMap(key => [
        ...validateDataKey(key, 'data'),
        ...(Object.hasOwn(binaryData, key) ? invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData') : []),
      ]),
      ...Object.keys(binaryData).flatMap(key => validateDataKey(key, 'binaryData')),
      ...(bytes > MAX_BYTES ? tooLong('', MAX_BYTES) : []),
    ];
  },
  validateUpdate(next, prev) {
    if (!prev.immutable) return [];
    return [
      ...(next.immutable ? [] : forbidden('immutable', 'field is immutable when `immutable` is set')),
      ...(jsonEquals(next.data ?? {}, prev.data ?? {}) ? [] : forbidden('data', 'field is immutable when `immutable` is set')),
      ...(jsonEquals(next.binaryData ?? {}, prev.binaryData ?? {})
        ? []
        : forbidden('binaryData', 'field is immutable when `immutable` is set')),
    ];
  },
});
