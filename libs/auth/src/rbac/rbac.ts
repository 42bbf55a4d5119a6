import { StatusError } from '@steersman/status';
import {
  type ClusterRole,
  type ClusterRoleBinding,
  type PolicyRule,
  type RbacSubject,
  type Role,
  type RoleBinding,
  type RoleRef,
} from '@steersman/types';
import type { Authorizer } from '../attributes.ts';
import { accountUserName, type User } from '../user.ts';
import { type CompiledRule, compileRule } from './policy-rule.ts';

/** The roles and bindings there are. Reading is cheap: every version of an object is parsed once. */
export interface RoleSource {
  /** Moves whenever one of them changes. */
  readonly version: number;
  roles(): Iterable<Role>;
  clusterRoles(): Iterable<ClusterRole>;
  roleBindings(): Iterable<RoleBinding>;
  clusterRoleBindings(): Iterable<ClusterRoleBinding>;
}

export interface Rbac extends Authorizer {
  /** Every rule that holds for the user in the namespace, those of the whole cluster included. */
  rulesFor(user: User, namespace: string): readonly PolicyRule[];
  /** The rules of the role a binding in `namespace` refers to. Throws NotFound when it does not exist. */
  rulesOf(reference: RoleRef, namespace: string): readonly PolicyRule[];
}

/** What a subject was given: by namespace, '' for the whole cluster. */
type Grants = Map<string, CompiledRule[]>;

interface Index {
  readonly version: number;
  readonly subjects: ReadonlyMap<string, Grants>;
  readonly roles: ReadonlyMap<string, readonly CompiledRule[]>;
}

const CLUSTER = '';

/** Role-based access control. A question costs a lookup per group of the user; a change costs a new index, made when next asked. */
export function createRbac(source: RoleSource): Rbac {
  let index: Index | undefined;
  const current = (): Index => (index?.version === source.version ? index : (index = buildIndex(source)));

  return {
    allows: attributes => [...grantsOf(current(), attributes.user, attributes.namespace)].some(rule => rule.allows(attributes)),
    rulesFor: (user, namespace) => [...grantsOf(current(), user, namespace)].map(({ rule }) => rule),
    rulesOf(reference, namespace) {
      const found = current().roles.get(roleKey(reference, namespace));
      if (found) return found.map(({ rule }) => rule);
      const plural = reference.kind === 'Role' ? 'roles' : 'clusterroles';
      const group = 'rbac.authorization.k8s.io';
      throw new StatusError('NotFound', `${plural}.${group} ${JSON.stringify(reference.name)} not found`, {
        details: { name: reference.name, group, kind: plural },
      });
    },
  };
}

function* grantsOf({ subjects }: Index, { name, groups }: User, namespace: string): Iterable<CompiledRule> {
  for (const key of [userKey(name), ...groups.map(groupKey)]) {
    const grants = subjects.get(key);
    if (!grants) continue;
    yield* grants.get(CLUSTER) ?? [];
    if (namespace !== CLUSTER) yield* grants.get(namespace) ?? [];
  }
}

const userKey = (name: string): string => `user/${name}`;
const groupKey = (name: string): string => `group/${name}`;
const roleKey = ({ kind, name }: Pick<RoleRef, 'kind' | 'name'>, namespace: string): string =>
  kind === 'Role' ? `${namespace}/${name}` : `/${name}`;

function buildIndex(source: RoleSource): Index {
  const { version } = source;
  const roles = new Map<string, readonly CompiledRule[]>();
  for (const { metadata, rules = [] } of source.clusterRoles()) roles.set(`/${metadata.name}`, rules.map(compileRule));
  for (const { metadata, rules = [] } of source.roles()) roles.set(`${metadata.namespace}/${metadata.name}`, rules.map(compileRule));

  const subjects = new Map<string, Grants>();
  const give = ({ roleRef, subjects: given = [] }: Pick<RoleBinding, 'roleRef' | 'subjects'>, namespace: string): void => {
    const rules = roles.get(roleKey(roleRef, namespace)) ?? [];
    for (const subject of given) {
      const key = subjectKey(subject, namespace);
      const grants = subjects.get(key) ?? new Map<string, CompiledRule[]>();
      const granted = grants.get(namespace) ?? [];
      granted.push(...rules);
      subjects.set(key, grants.set(namespace, granted));
    }
  };
  for (const binding of source.clusterRoleBindings()) give(binding, CLUSTER);
  for (const binding of source.roleBindings()) give(binding, binding.metadata.namespace ?? '');
  return { version, subjects, roles };
}

/** A service account is a user with a name of its own; without a namespace it is one of the binding's. */
const subjectKey = ({ kind, name, namespace }: RbacSubject, bound: string): string =>
  kind === 'Group' ? groupKey(name) : userKey(kind === 'ServiceAccount' ? accountUserName({ namespace: namespace || bound, name }) : name);
