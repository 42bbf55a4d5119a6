import { type Authorizer, bindingEscalation, type Rbac, roleEscalation } from '@steersman/auth';
import {
  type ClusterRole,
  clusterRoleBindingKind,
  clusterRoleKind,
  jsonEquals,
  type Kind,
  type RoleBinding,
  roleBindingKind,
  roleKind,
} from '@steersman/types';
import type { AdmissionRule, AdmittedWrite } from '../machine/admission.ts';
import { refused } from '../machine/errors.ts';

const ROLES: readonly Kind[] = [roleKind, clusterRoleKind];
const BINDINGS: readonly Kind[] = [roleBindingKind, clusterRoleBindingKind];

export interface RoleEscalationDeps {
  readonly rbac: Rbac;
  readonly authorizer: Authorizer;
}

/** Nobody gives away what he does not hold, neither by a role nor by a binding. */
export const roleEscalationRule = (deps: RoleEscalationDeps): AdmissionRule => ({
  admit(write) {
    if (write.operation === 'delete') return;
    const { kind, object, namespace, user } = write;
    const context = { ...deps, user, namespace };
    const why = ROLES.includes(kind)
      ? roleEscalation(roleOf(write), context)
      : BINDINGS.includes(kind)
        ? bindingEscalation((object as RoleBinding).roleRef, context)
        : undefined;
    if (why !== undefined) throw refused(kind, object.metadata.name, why);
  },
});

function roleOf({ kind, object, prev }: AdmittedWrite): Parameters<typeof roleEscalation>[0] {
  const { metadata, rules = [], aggregationRule } = object as ClusterRole; // a Role has all of it but the last
  const before = (prev as ClusterRole | undefined)?.aggregationRule;
  const aggregates = aggregationRule !== undefined && !jsonEquals(aggregationRule, before);
  return { plural: kind.plural, name: metadata.name, rules, aggregates };
}
