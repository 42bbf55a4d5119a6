import type { PolicyRule, RoleRef } from '@steersman/types';
import { RBAC_GROUP } from '@steersman/types';
import type { Authorizer } from '../attributes.ts';
import { isMaster, type User } from '../user.ts';
import { describeRule, missingRules, quoteAll } from './missing-rules.ts';
import type { Rbac } from './rbac.ts';

/** Everything: what whoever lets a role collect the rules of others must hold. */
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

interface Escalation {
  readonly user: User;
  /** '' for what holds in the whole cluster. */
  readonly namespace: string;
  readonly rbac: Rbac;
  readonly authorizer: Authorizer;
}

/** Why the user may not write a role with these rules; undefined when it is all held, or `escalate` is. */
export function roleEscalation(
  {
    plural,
    name,
    rules,
    aggregates,
  }: { readonly plural: string; readonly name: string; readonly rules: readonly PolicyRule[]; readonly aggregates: boolean },
  { user, namespace, rbac, authorizer }: Escalation,
): string | undefined {
  const asked = { user, verb: 'escalate', group: RBAC_GROUP, resource: plural, subresource: '', namespace, name, path: '' };
  if (isMaster(user) || authorizer.allows(asked)) return undefined;
  return notHeld(user, missingRules(rbac.rulesFor(user, namespace), aggregates ? [...EVERYTHING, ...rules] : rules));
}

/** Why the user may not bind the role; undefined when its rules are all held, or `bind` is. Throws NotFound when there is no such role. */
export function bindingEscalation(reference: RoleRef, { user, namespace, rbac, authorizer }: Escalation): string | undefined {
  const resource = reference.kind === 'Role' ? 'roles' : 'clusterroles';
  const asked = { user, verb: 'bind', group: RBAC_GROUP, resource, subresource: '', namespace, name: reference.name, path: '' };
  if (isMaster(user) || authorizer.allows(asked)) return undefined;
  return notHeld(user, missingRules(rbac.rulesFor(user, namespace), rbac.rulesOf(reference, namespace)));
}

function notHeld({ name, groups }: User, missing: readonly PolicyRule[]): string | undefined {
  if (missing.length === 0) return undefined;
  const lines = [...new Set(missing.map(describeRule))].sort();
  return `user ${JSON.stringify(name)} (groups=${quoteAll(groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`;
}
