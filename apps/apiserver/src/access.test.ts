import { userOfAccount, userOfCertificate } from '@steersman/auth';
import {
  clusterRoleBindingKind,
  clusterRoleKind,
  configMapKind,
  namespaceKind,
  nodeKind,
  podKind,
  roleBindingKind,
  roleKind,
  secretKind,
  selfSubjectAccessReviewKind,
  type SelfSubjectAccessReview,
  type SelfSubjectRulesReview,
  selfSubjectRulesReviewKind,
  serviceAccountKind,
  subjectAccessReviewKind,
  type SubjectAccessReview,
} from '@steersman/types';
import { TestApi } from './testing/test-api.ts';

const person = (commonName: string) => userOfCertificate({ commonName, organizations: ['dev'] });
const [lea, ben] = [person('lea'), person('ben')];
const node = userOfCertificate({ commonName: 'system:node:n1', organizations: ['system:nodes'] });
const namespace = 'one';
let world: TestApi;
beforeAll(async () => {
  world = await TestApi.start();
  await world.ask('create', namespaceKind, { body: { metadata: { name: namespace } } });
  const rules = [
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['create', 'get', 'update', 'patch'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create'] },
  ];
  await world.ask('create', roleKind, { namespace, body: { metadata: { name: 'keeper' }, rules } });
  const roleRef = { kind: 'Role', name: 'keeper' };
  await world.ask('create', roleBindingKind, {
    namespace,
    body: { metadata: { name: 'keepers' }, roleRef, subjects: [{ kind: 'User', name: 'lea' }] },
  });
  await world.ask('get', roleBindingKind, { namespace, name: 'keepers' });
});
afterAll(async () => world[Symbol.asyncDispose]());

const role = (name: string, resource: string) => ({
  metadata: { name },
  rules: [{ apiGroups: [''], resources: [resource], verbs: ['get'] }],
});

it('lets whoever has a role do what it says, where it says so', async () => {
  const body = { metadata: { name: 'c' } };
  expect(await world.ask('create', configMapKind, { user: lea, namespace, body })).toMatchObject(body);
  await expect(world.ask('create', configMapKind, { user: lea, namespace: 'default', body })).rejects.toThrow(
    'configmaps is forbidden: User "lea" cannot create resource "configmaps" in API group "" in the namespace "default"',
  );
  await expect(world.ask('create', configMapKind, { user: ben, namespace, body })).rejects.toMatchObject({ reason: 'Forbidden' });
});

it('lets nobody give away what he does not hold', async () => {
  await world.ask('create', roleKind, { user: lea, namespace, body: role('held', 'configmaps') });
  await expect(world.ask('create', roleKind, { user: lea, namespace, body: role('more', 'secrets') })).rejects.toThrow(
    'roles.rbac.authorization.k8s.io "more" is forbidden: user "lea" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
  );
  await expect(
    world.ask('patch', roleKind, { user: lea, namespace, name: 'held', body: { rules: role('held', 'secrets').rules } }),
  ).rejects.toThrow('is attempting to grant');
  const binding = (kind: string, name: string) => ({
    metadata: { name: `of-${name}` },
    roleRef: { kind, name },
    subjects: [{ kind: 'User', name: 'ben' }],
  });
  await world.ask('create', roleBindingKind, { user: lea, namespace, body: binding('Role', 'held') });
  await expect(
    world.ask('create', roleBindingKind, { user: lea, namespace, body: binding('ClusterRole', 'cluster-admin') }),
  ).rejects.toThrow('{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}');
});

it('has the roles of every cluster, and does not point a binding at another', async () => {
  expect(await world.ask('get', clusterRoleKind, { name: 'view' })).toMatchObject({
    metadata: {
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    },
  });
  const body = { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' } };
  await expect(world.ask('patch', clusterRoleBindingKind, { name: 'cluster-admin', body })).rejects.toThrow('cannot change roleRef');
});

it('answers who may do what', async () => {
  const resourceAttributes = { verb: 'get', resource: 'configmaps', namespace };
  const self = await world.ask<SelfSubjectAccessReview>('create', selfSubjectAccessReviewKind, {
    user: lea,
    body: { spec: { resourceAttributes } },
  });
  expect(self.status).toEqual({ allowed: true });
  const account = userOfAccount({ namespace, name: 'robot' });
  const body = { spec: { user: account.name, groups: account.groups, resourceAttributes } };
  expect((await world.ask<SubjectAccessReview>('create', subjectAccessReviewKind, { body })).status).toEqual({ allowed: false });
  await expect(world.ask('create', subjectAccessReviewKind, { user: lea, body })).rejects.toMatchObject({ reason: 'Forbidden' });
  const rules = await world.ask<SelfSubjectRulesReview>('create', selfSubjectRulesReviewKind, { user: lea, body: { spec: { namespace } } });
  expect(rules.status.resourceRules).toContainEqual({ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create'] });
  await expect(world.ask('list', subjectAccessReviewKind)).rejects.toMatchObject({ reason: 'MethodNotAllowed' });
});

it('lets a node show what it runs from a file, and read what its pods refer to', async () => {
  await world.ask('create', secretKind, { namespace, body: { metadata: { name: 'used' } } });
  await world.ask('create', secretKind, { namespace, body: { metadata: { name: 'other' } } });
  const self = await world.ask('create', nodeKind, { user: node, body: { metadata: { name: 'n1' } } });
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: self.metadata.uid, controller: true };
  const metadata = { name: 'static-n1', annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner] };
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] };
  const mirror = await world.ask('create', podKind, { user: node, namespace, body: { metadata, spec } });
  expect(mirror).not.toMatchObject({ spec: { serviceAccountName: expect.any(String) } });

  const volumes = [{ name: 'v', secret: { secretName: 'used' } }];
  await world.ask('create', serviceAccountKind, { namespace, body: { metadata: { name: 'default' } } });
  await world.ask('create', podKind, { namespace, body: { metadata: { name: 'web' }, spec: { ...spec, volumes } } });
  await world.ask('get', podKind, { namespace, name: 'web' });
  expect(await world.ask('get', secretKind, { user: node, namespace, name: 'used' })).toMatchObject({ metadata: { name: 'used' } });
  await expect(world.ask('get', secretKind, { user: node, namespace, name: 'other' })).rejects.toMatchObject({ reason: 'Forbidden' });
});
