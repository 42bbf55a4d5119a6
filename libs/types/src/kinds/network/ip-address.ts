import { checkSubdomain } from '@steersman/labels';
import type { IPAddress, ParentReference } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { jsonEquals } from '../../patch/pointer.ts';
import { checked, type Faults, immutable, required } from '../../validation/faults.ts';
import { checkPathSegment } from '../../validation/path-segment.ts';

const FIELD = 'spec.parentRef';

function parentText({ spec: { parentRef } }: IPAddress): string {
  if (!parentRef) return '<none>';
  const { group, resource, namespace, name } = parentRef;
  return [`${resource}${group ? `.${group}` : ''}`.toLowerCase(), ...(namespace ? [namespace] : []), name].join('/');
}

/** An address that is taken. Its name is the address: two Services cannot have it. */
export const ipAddressKind = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  scope: 'Cluster',
  names: 'IpAddress',
  schema: 'V1IPAddress',
  generation: false,
  columns: [{ name: 'ParentRef', description: 'ParentRef references the resource that an IPAddress is attached to.', value: parentText }],
  validate: ({ spec: { parentRef } }) => (parentRef ? validateParent(parentRef) : required(FIELD)),
  validateUpdate: (next, prev) => immutable(FIELD, !jsonEquals(next.spec.parentRef, prev.spec.parentRef), next.spec.parentRef),
});

const validateParent = ({ group, resource, name, namespace }: ParentReference): Faults => [
  ...(group ? checked(`${FIELD}.group`, group, checkSubdomain) : []),
  ...(resource ? checked(`${FIELD}.resource`, resource, checkPathSegment) : required(`${FIELD}.resource`)),
  ...(name ? checked(`${FIELD}.name`, name, checkPathSegment) : required(`${FIELD}.name`)),
  ...(namespace ? checked(`${FIELD}.namespace`, namespace, checkPathSegment) : []),
];
