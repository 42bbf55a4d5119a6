import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject, Role, RoleBinding } from '@steersman/types';
import { userOfAccount, userOfCertificate } from '../user.ts';
import { bindingEscalation, roleEscalation } from './escalation.ts';
import { describeRule, missingRules } from './missing-rules.ts';
import { createRbac, type RoleSource } from './rbac.ts';

const meta = (name: string, namespace?: string) => ({
  name,
  ...(namespace !== undefined && { namespace }),
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});
const rule = (verbs: string, resources: string, more: Partial<PolicyRule> = {}): PolicyRule => ({
  apiGroups: [''],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
  ...more,
});
const user = (name: string): RbacSubject => ({ kind: 'User', name });
const bind = (role: string, ...subjects: RbacSubject[]) => ({ roleRef: { kind: 'ClusterRole', name: role }, subjects });

class Roles implements RoleSource {
  version = 1;
  readonly rolesThere: Role[] = [{ metadata: meta('local', 'one'), rules: [rule('get', 'secrets', { resourceNames: ['key'] })] }];
  readonly clusterRolesThere: ClusterRole[] = [
    { metadata: meta('reader'), rules: [rule('get list', 'pods pods/log')] },
    { metadata: meta('scaler'), rules: [{ apiGroups: ['*'], resources: ['*/scale'], verbs: ['*'] }] },
    { metadata: meta('all'), rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
    { metadata: meta('paths'), rules: [{ nonResourceURLs: ['/healthz', '/metrics/*'], verbs: ['get'] }] },
    {
      metadata: meta('binder'),
      rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['bind'], resourceNames: ['all'] }],
    },
  ];
  readonly bindings: RoleBinding[] = [
    { metadata: meta('readers', 'one'), ...bind('reader', { kind: 'ServiceAccount', name: 'robot' }, { kind: 'Group', name: 'readers' }) },
    { metadata: meta('locals', 'one'), roleRef: { kind: 'Role', name: 'local' }, subjects: [user('lea')] },
    { metadata: meta('gone', 'one'), roleRef: { kind: 'Role', name: 'no-such-role' }, subjects: [user('lea')] },
    { metadata: meta('all', 'two'), ...bind('all', user('lea')) },
    { metadata: meta('binder', 'two'), ...bind('binder', user('ben')) },
  ];
  readonly clusterBindings: ClusterRoleBinding[] = [
    { metadata: meta('readers'), ...bind('reader', user('carl')) },
    { metadata: meta('scalers'), ...bind('scaler', user('carl')) },
    { metadata: meta('paths'), ...bind('paths', user('carl')) },
  ];
  roles = () => this.rolesThere;
  clusterRoles = () => this.clusterRolesThere;
  roleBindings = () => this.bindings;
  clusterRoleBindings = () => this.clusterBindings;
}

const person = (name: string, ...organizations: string[]) => userOfCertificate({ commonName: name, organizations });
const [lea, carl, ben] = [person('lea'), person('carl'), person('ben')];
const robot = userOfAccount({ namespace: 'one', name: 'robot' });

it.each([
  { who: robot, verb: 'get', what: 'pods', namespace: 'one', allowed: true },
  { who: robot, verb: 'get', what: 'pods', namespace: 'two', allowed: false },
  { who: robot, verb: 'get', what: 'pods', namespace: '', allowed: false },
  { who: userOfAccount({ namespace: 'two', name: 'robot' }), verb: 'get', what: 'pods', namespace: 'one', allowed: false },
  { who: person('x', 'readers'), verb: 'list', what: 'pods', namespace: 'one', allowed: true },
  { who: lea, verb: 'get', what: 'secrets', name: 'key', namespace: 'one', allowed: true },
  { who: lea, verb: 'get', what: 'secrets', name: 'other', namespace: 'one', allowed: false },
  { who: lea, verb: 'list', what: 'secrets', namespace: 'one', allowed: false },
  { who: lea, verb: 'create', what: 'pods/exec', namespace: 'two', allowed: true },
  { who: carl, verb: 'get', what: 'pods', namespace: 'two', allowed: true },
  { who: carl, verb: 'get', what: 'pods', namespace: '', allowed: true },
  { who: carl, verb: 'get', what: 'pods/log', namespace: '', allowed: true },
  { who: carl, verb: 'create', what: 'pods/exec', namespace: 'one', allowed: false },
  { who: carl, verb: 'patch', what: 'deployments/scale', group: 'apps', namespace: 'one', allowed: true },
  { who: carl, verb: 'patch', what: 'deployments', group: 'apps', namespace: 'one', allowed: false },
  { who: carl, verb: 'get', what: '/metrics/slis', namespace: '', allowed: true },
  { who: carl, verb: 'get', what: '/metrics', namespace: '', allowed: false },
  { who: carl, verb: 'post', what: '/healthz', namespace: '', allowed: false },
])('lets $who.name $verb $what $name in $namespace: $allowed', ({ who, verb, what, namespace, allowed, group = '', name = '' }) => {
  const [resource = '', subresource = ''] = what.startsWith('/') ? [] : what.split('/');
  const path = what.startsWith('/') ? what : '';
  expect(createRbac(new Roles()).allows({ user: who, verb, group, resource, subresource, namespace, name, path })).toBe(allowed);
});

it('sees a change of the roles when the source says that there was one', () => {
  const roles = new Roles();
  const rbac = createRbac(roles);
  const asked = { user: ben, verb: 'get', group: '', resource: 'pods', subresource: '', namespace: 'one', name: '', path: '' };
  expect(rbac.allows(asked)).toBe(false);
  roles.bindings.push({ metadata: meta('new', 'one'), ...bind('reader', user('ben')) });
  roles.version++;
  expect(rbac.allows(asked)).toBe(true);
});

it.each([
  { name: 'nothing when all is held', held: [rule('*', '*')], wanted: [rule('get', 'pods/exec secrets')], missing: [] },
  {
    name: 'verbs of one resource together',
    held: [rule('get', 'pods')],
    wanted: [rule('get list watch', 'pods')],
    missing: ['{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}'],
  },
  {
    name: 'all names when only one is held',
    held: [rule('get', 'pods', { resourceNames: ['a'] })],
    wanted: [rule('get', 'pods')],
    missing: ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
  },
  {
    name: 'nothing when the name is held',
    held: [rule('get', 'pods', { resourceNames: ['a', 'b'] })],
    wanted: [rule('get', 'pods', { resourceNames: ['a'] })],
    missing: [],
  },
  { name: 'nothing when every scale is held', held: [rule('get', '*/scale')], wanted: [rule('get', 'jobs/scale')], missing: [] },
  {
    name: 'paths',
    held: [{ nonResourceURLs: ['/api/*'], verbs: ['get'] }],
    wanted: [{ nonResourceURLs: ['/api/v1', '/metrics'], verbs: ['get'] }],
    missing: ['{NonResourceURLs:["/metrics"], Verbs:["get"]}'],
  },
])('finds $name missing', ({ held, wanted, missing }) => {
  expect(missingRules(held, wanted).map(describeRule)).toEqual(missing);
});

describe('giving rights away', () => {
  const rbac = createRbac(new Roles());
  const context = (who: typeof lea, namespace: string) => ({ user: who, namespace, rbac, authorizer: rbac });
  const secrets = { plural: 'roles', name: 'new', rules: [rule('get', 'secrets')], aggregates: false };

  it("is refused for what one does not hold, in upstream's words", () => {
    expect(roleEscalation(secrets, context(carl, 'one'))).toBe(
      'user "carl" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
  });

  it.each([
    { name: 'a role of what one holds', why: () => roleEscalation(secrets, context(lea, 'two')), allowed: true },
    {
      name: 'a role with the verb escalate',
      why: () => roleEscalation({ ...secrets, rules: [rule('*', '*')] }, context(lea, 'two')),
      allowed: true,
    },
    { name: 'anything by a master', why: () => roleEscalation(secrets, context(person('root', 'system:masters'), '')), allowed: true },
    {
      name: 'a role that collects others',
      why: () => roleEscalation({ ...secrets, rules: [], aggregates: true }, context(carl, '')),
      allowed: false,
    },
    {
      name: 'a binding of what one holds',
      why: () => bindingEscalation({ kind: 'ClusterRole', name: 'reader' }, context(carl, 'one')),
      allowed: true,
    },
    { name: 'a binding of more', why: () => bindingEscalation({ kind: 'ClusterRole', name: 'all' }, context(carl, 'one')), allowed: false },
    {
      name: 'a binding with the verb bind',
      why: () => bindingEscalation({ kind: 'ClusterRole', name: 'all' }, context(ben, 'two')),
      allowed: true,
    },
    {
      name: 'a binding with the verb bind elsewhere',
      why: () => bindingEscalation({ kind: 'ClusterRole', name: 'all' }, context(ben, 'one')),
      allowed: false,
    },
  ])('$name: $allowed', ({ why, allowed }) => {
    expect(why() === undefined).toBe(allowed);
  });

  it('cannot bind what does not exist', () => {
    expect(() => bindingEscalation({ kind: 'Role', name: 'none' }, context(carl, 'one'))).toThrow(
      'roles.rbac.authorization.k8s.io "none" not found',
    );
  });
});
