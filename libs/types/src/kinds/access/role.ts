import type { Role } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { roleColumns } from './role-columns.ts';
import { RBAC_GROUP, validateRules } from './role-validation.ts';

export const roleKind = defineKind<Role>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  scope: 'Namespaced',
  names: 'PathSegment',
  schema: 'V1Role',
  columns: roleColumns,
  validate: ({ rules }) => validateRules(rules, { namespaced: true }),
});
