import type { RbacSubject, RoleRef } from '../../gen/types.ts';
import { ageColumn } from '../../age-column.ts';
import type { Column } from '../../kind.ts';
import type { ApiObject } from '../../meta.ts';

/** Roles have no columns of their own upstream: kubectl shows when they were made. */
export const roleColumns: readonly Column<ApiObject>[] = [
  { name: 'Name', format: 'name', description: 'Name must be unique within a namespace.', value: ({ metadata }) => metadata.name },
  {
    name: 'Created At',
    type: 'date',
    description: 'Time when the object was created.',
    value: ({ metadata }) => metadata.creationTimestamp,
  },
];

interface Binding extends ApiObject {
  roleRef: RoleRef;
  subjects?: RbacSubject[];
}

const named = (kind: string, { subjects }: Binding): string =>
  (subjects ?? [])
    .filter(subject => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');

export const bindingColumns: readonly Column<Binding>[] = [
  { name: 'Name', format: 'name', description: 'Name must be unique within a namespace.', value: ({ metadata }) => metadata.name },
  {
    name: 'Role',
    description: 'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace.',
    value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
  },
  ageColumn,
  { name: 'Users', priority: 1, description: 'Users in the roleBinding', value: binding => named('User', binding) },
  { name: 'Groups', priority: 1, description: 'Groups in the roleBinding', value: binding => named('Group', binding) },
  {
    name: 'ServiceAccounts',
    priority: 1,
    description: 'ServiceAccounts in the roleBinding',
    value: binding => named('ServiceAccount', binding),
  },
];
