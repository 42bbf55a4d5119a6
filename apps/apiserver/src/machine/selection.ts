import { parseFieldSelector, parseLabelSelector } from '@steersman/labels';
import type { Selection, StoredObject } from '@steersman/store';
import { groupVersion, type Kind } from '@steersman/types';
import { badRequest } from './errors.ts';
import type { ApiRequest } from './request.ts';

const METADATA_FIELDS = ['metadata.name', 'metadata.namespace'];

/** What labelSelector, fieldSelector and the path choose. Throws BadRequest. */
export function selectionOf({ kind, namespace, name, options }: Pick<ApiRequest, 'kind' | 'namespace' | 'name' | 'options'>): Selection {
  const labels = parseLabelSelector(options.get('labelSelector') ?? '');
  const fields = parseFieldSelector(options.get('fieldSelector') ?? '');
  for (const field of [...Object.keys(fields.equals), ...fields.notEquals.map(([path]) => path)]) checkField(kind, field);
  const checks: ((object: StoredObject) => boolean)[] = [
    ...(labels.isEmpty ? [] : [(object: StoredObject) => labels.matches(object.labels)]),
    ...fields.notEquals.map(
      ([path, value]) =>
        (object: StoredObject) =>
          object.field(path) !== value,
    ),
    ...(fields.contradicts ? [() => false] : []),
  ];
  return {
    ...(namespace && { namespace }),
    equals: { ...fields.equals, ...(name && { 'metadata.name': name }) },
    ...(checks.length > 0 && { matches: (object: StoredObject) => checks.every(holds => holds(object)) }),
  };
}

function checkField(kind: Kind, field: string): void {
  if (METADATA_FIELDS.includes(field) || Object.hasOwn(kind.selectableFields ?? {}, field)) return;
  throw badRequest(`field label not supported: ${field}`);
}

/** A kind's selectable fields of an object, as they stand in the stored header. */
export const fieldsOf = (kind: Kind, object: Parameters<NonNullable<Kind['selectableFields']>[string]>[0]): Record<string, string> =>
  Object.fromEntries(Object.entries(kind.selectableFields ?? {}).map(([path, read]) => [path, read(object)]));

export const resourcePrefix = ({ group, plural }: Pick<Kind, 'group' | 'plural'>): string => `/registry/${group || 'core'}/${plural}/`;

export const storeKey = (kind: Kind, namespace: string, name: string): string =>
  `${resourcePrefix(kind)}${namespace ? `${namespace}/` : ''}${name}`;

export const apiVersionOf = groupVersion;
