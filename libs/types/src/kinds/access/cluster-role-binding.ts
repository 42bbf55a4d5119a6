import type { ClusterRoleBinding } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { bindingColumns } from './role-columns.ts';
import { defaultBinding, RBAC_GROUP, validateBinding, validateBindingUpdate } from './role-validation.ts';

export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  scope: 'Cluster',
  names: 'PathSegment',
  schema: 'V1ClusterRoleBinding',
  columns: bindingColumns,
  defaults: defaultBinding,
  validate: binding => validateBinding(binding, { namespaced: false }),
  validateUpdate: validateBindingUpdate,
});
