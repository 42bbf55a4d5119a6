import { RBAC_GROUP } from '@steersman/types';
import type { ClusterRole, ClusterRoleBinding, New, RbacSubject, Role, RoleBinding } from '@steersman/types';
import { BINDINGS } from './bindings.ts';
import { COMPONENT_ROLES } from './component-roles.ts';
import { CONTROLLER_MANAGER_ROLE, CONTROLLER_ROLES } from './controller-roles.ts';
import type { BootstrapBinding, BootstrapRole } from './rule.ts';
import { USER_ROLES } from './user-roles.ts';

/** Set to "false" by whoever wants to keep a changed role as it is. */
export const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const AGGREGATE_TO = 'rbac.authorization.k8s.io/aggregate-to-';

const common = { annotations: { [AUTOUPDATE]: 'true' }, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } };

export const bootstrapRoles = (): readonly (New<ClusterRole> | New<Role>)[] =>
  [...USER_ROLES, ...COMPONENT_ROLES, ...CONTROLLER_ROLES, CONTROLLER_MANAGER_ROLE].map(toRole);

export const bootstrapBindings = (): readonly (New<ClusterRoleBinding> | New<RoleBinding>)[] => BINDINGS.map(toBinding);

function toRole({ name, namespace, rules, aggregateTo, aggregates }: BootstrapRole): New<ClusterRole> {
  return {
    metadata: {
      ...common,
      name,
      ...(namespace !== undefined && { namespace }),
      ...(aggregateTo && { labels: { ...common.labels, [`${AGGREGATE_TO}${aggregateTo}`]: 'true' } }),
    },
    rules: [...rules],
    ...(aggregates && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE_TO}${aggregates}`]: 'true' } }] } }),
  };
}

function toBinding({ name, namespace, role, users = [], groups = [], accounts = [] }: BootstrapBinding): New<ClusterRoleBinding> {
  const subjects: RbacSubject[] = [
    ...groups.map(group => ({ kind: 'Group', apiGroup: RBAC_GROUP, name: group })),
    ...users.map(user => ({ kind: 'User', apiGroup: RBAC_GROUP, name: user })),
    ...accounts.map(account => {
      const [accountNamespace = '', accountName = ''] = account.split('/');
      return { kind: 'ServiceAccount', namespace: accountNamespace, name: accountName };
    }),
  ];
  return {
    metadata: { ...common, name, ...(namespace !== undefined && { namespace }) },
    roleRef: { apiGroup: RBAC_GROUP, kind: namespace === undefined ? 'ClusterRole' : 'Role', name: role },
    ...(subjects.length > 0 && { subjects }),
  };
}
