import type { RoleBinding } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { bindingColumns } from './role-columns.ts';
import { defaultBinding, RBAC_GROUP, validateBinding, validateBindingUpdate } from './role-validation.ts';

export const roleBindingKind = defineKind<RoleBinding>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  scope: 'Namespaced',
  names: 'PathSegment',
  schema: 'V1RoleBinding',
  columns: bindingColumns,
  defaults: defaultBinding,
  validate: binding => validateBinding(binding, { namespaced: true }),
  validateUpdate: validateBindingUpdate,
});
