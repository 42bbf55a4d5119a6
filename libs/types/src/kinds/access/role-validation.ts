import { checkSubdomain } from '@steersman/labels';
import type { PolicyRule, RbacSubject, RoleRef } from '../../gen/types.ts';
import { jsonEquals } from '../../patch/pointer.ts';
import { checked, each, type Faults, invalidValue, oneOf, required } from '../../validation/faults.ts';
import { checkPathSegment } from '../../validation/path-segment.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** Rules of a Role cannot speak of paths: those belong to no namespace. */
export const validateRules = (rules: readonly PolicyRule[] | undefined, { namespaced }: { readonly namespaced: boolean }): Faults =>
  each(rules, 'rules', ({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }, field) => [
    ...((verbs ?? []).length === 0 ? required(`${field}.verbs`, 'verbs must contain at least one value') : []),
    ...(nonResourceURLs.length > 0
      ? [
          ...(namespaced
            ? invalidValue(`${field}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs')
            : []),
          ...(apiGroups.length + resources.length + resourceNames.length > 0
            ? invalidValue(
                `${field}.nonResourceURLs`,
                nonResourceURLs,
                'rules cannot apply to both regular resources and non-resource URLs',
              )
            : []),
        ]
      : [
          ...(apiGroups.length === 0 ? required(`${field}.apiGroups`, 'resource rules must supply at least one api group') : []),
          ...(resources.length === 0 ? required(`${field}.resources`, 'resource rules must supply at least one resource') : []),
        ]),
  ]);

interface Binding {
  roleRef: RoleRef;
  subjects?: RbacSubject[];
}

export function defaultBinding(draft: Binding): void {
  draft.roleRef ??= { kind: '', name: '' };
  draft.roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of draft.subjects ?? []) if (subject.kind !== 'ServiceAccount') subject.apiGroup ||= RBAC_GROUP;
}

export function validateBinding({ roleRef, subjects }: Binding, { namespaced }: { readonly namespaced: boolean }): Faults {
  return [
    ...oneOf('roleRef.apiGroup', roleRef.apiGroup, [RBAC_GROUP]),
    ...oneOf('roleRef.kind', roleRef.kind, namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']),
    ...(roleRef.name ? checked('roleRef.name', roleRef.name, checkPathSegment) : required('roleRef.name')),
    ...each(subjects, 'subjects', (subject, field) => validateSubject(subject, field, namespaced)),
  ];
}

function validateSubject({ kind, name, namespace, apiGroup }: RbacSubject, field: string, namespaced: boolean): Faults {
  const unnamed = name ? [] : required(`${field}.name`);
  switch (kind) {
    case 'ServiceAccount':
      return [
        ...unnamed,
        ...(name ? checked(`${field}.name`, name, checkSubdomain) : []),
        ...(apiGroup ? oneOf(`${field}.apiGroup`, apiGroup, ['']) : []),
        ...(!namespaced && !namespace ? required(`${field}.namespace`) : []),
      ];
    case 'User':
    case 'Group':
      return [...unnamed, ...oneOf(`${field}.apiGroup`, apiGroup, [RBAC_GROUP])];
    default:
      return [...unnamed, ...oneOf(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

export const validateBindingUpdate = (next: Binding, prev: Binding): Faults =>
  jsonEquals(next.roleRef, prev.roleRef) ? [] : invalidValue('roleRef', next.roleRef, 'cannot change roleRef');
