import type { Secret } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { jsonEquals } from '../patch/pointer.ts';
import { type Faults, forbidden, immutable, invalidValue, required, tooLong } from '../validation/faults.ts';
import { validateDataKey } from './config-map.ts';

const MAX_BYTES = 1024 * 1024;

/** Keys that a type promises. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

export const secretKind = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
  schema: 'V1Secret',
  columns: [
    { name: 'Type', description: 'Used to facilitate programmatic handling of secret data.', value: ({ type }) => type ?? '' },
    { name: 'Data', description: 'Data contains the secret data.', value: ({ data }) => String(Object.keys(data ?? {}).length) },
  ],
  selectableFields: { type: ({ type }) => type ?? '' },
  defaults(draft) {
    draft.type ??= 'Opaque';
    // Written in clear by the user, stored as data, never served.
    for (const [key, value] of Object.entries(draft.stringData ?? {})) draft.data = { ...draft.data, [key]: toBase64(value) };
    delete draft.stringData;
  },
  validate({ type = '', data = {}, metadata }): Faults {
    const bytes = Object.values(data).reduce((sum, value) => sum + Math.floor((value.length * 3) / 4), 0);
    return [
      ...Object.keys(data).flatMap(key => validateDataKey(key, 'data')),
      ...(bytes > MAX_BYTES ? tooLong('data', MAX_BYTES) : []),
      ...(REQUIRED_KEYS[type] ?? []).flatMap(key => (key in data ? [] : required(`data[${key}]`))),
      ...(type === 'kubernetes.io/service-account-token' && !metadata.annotations?.['kubernetes.io/service-account.name']
        ? required('metadata.annotations[kubernetes.io/service-account.name]')
        : []),
      ...(type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data) ? required('data[username]') : []),
    ];
  },
  validateUpdate(next, prev) {
    return [
      ...immutable('type', next.type !== prev.type, next.type),
      ...(prev.immutable && !next.immutable ? forbidden('immutable', 'field is immutable when `immutable` is set') : []),
      ...(prev.immutable && !jsonEquals(next.data ?? {}, prev.data ?? {})
        ? forbidden('data', 'field is immutable when `immutable` is set')
        : []),
      ...(next.metadata.name === '' ? invalidValue('metadata.name', '', 'must be set') : []),
    ];
  },
});

/** Buffer would need Node; `btoa` is of the language's host everywhere. */
const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
