import type { ClusterRole } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { each, required } from '../../validation/faults.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import { roleColumns } from './role-columns.ts';
import { RBAC_GROUP, validateRules } from './role-validation.ts';

export const clusterRoleKind = defineKind<ClusterRole>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  scope: 'Cluster',
  names: 'PathSegment',
  schema: 'V1ClusterRole',
  columns: roleColumns,
  validate({ rules, aggregationRule }) {
    const field = 'aggregationRule.clusterRoleSelectors';
    const selectors = aggregationRule?.clusterRoleSelectors ?? [];
    return [
      ...validateRules(rules, { namespaced: false }),
      ...(aggregationRule && selectors.length === 0
        ? required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')
        : []),
      ...each(selectors, field, validateLabelSelector),
    ];
  },
});
