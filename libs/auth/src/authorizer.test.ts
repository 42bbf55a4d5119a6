import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '@steersman/types';
import { type Attributes, forbidden } from './attributes.ts';
import { createAuthorizer } from './authorizer.ts';
import { bootstrapBindings, bootstrapRoles } from './bootstrap/bootstrap-objects.ts';
import { createRbac, type RoleSource } from './rbac/rbac.ts';
import { ANONYMOUS, userOfCertificate } from './user.ts';

const source: RoleSource = {
  version: 1,
  roles: () => bootstrapRoles().filter(({ metadata }) => metadata.namespace !== undefined) as Role[],
  clusterRoles: () => bootstrapRoles().filter(({ metadata }) => metadata.namespace === undefined) as ClusterRole[],
  roleBindings: () => bootstrapBindings().filter(({ metadata }) => metadata.namespace !== undefined) as RoleBinding[],
  clusterRoleBindings: () => bootstrapBindings().filter(({ metadata }) => metadata.namespace === undefined) as ClusterRoleBinding[],
};

const authorizer = createAuthorizer({
  graph: {
    runsPod: (node, _, pod) => node === 'n1' && pod === 'mine',
    refersTo: (node, { name }) => node === 'n1' && name === 'used',
  },
  rbac: createRbac(source),
});

const admin = userOfCertificate({ commonName: 'kubernetes-admin', organizations: ['system:masters'] });
const node = userOfCertificate({ commonName: 'system:node:n1', organizations: ['system:nodes'] });
const impostor = userOfCertificate({ commonName: 'system:node:n1', organizations: [] });
const scheduler = userOfCertificate({ commonName: 'system:kube-scheduler', organizations: [] });
const proxy = userOfCertificate({ commonName: 'system:kube-proxy', organizations: [] });
const controllers = userOfCertificate({ commonName: 'system:kube-controller-manager', organizations: [] });
const dns = userOfCertificate({ commonName: 'system:steersman-dns', organizations: [] });
const stranger = userOfCertificate({ commonName: 'mallory', organizations: ['people'] });

const ask = (user: Attributes['user'], verb: string, full: string, more: Partial<Attributes> = {}): Attributes => {
  const [resource = '', subresource = ''] = full.startsWith('/') ? [''] : full.split('/');
  return { user, verb, group: '', resource, subresource, namespace: 'default', name: '', path: full.startsWith('/') ? full : '', ...more };
};

it.each([
  { name: 'an admin anything', attributes: ask(admin, 'delete', 'nodes'), allowed: true },
  { name: 'an admin any subresource', attributes: ask(admin, 'create', 'pods/exec'), allowed: true },
  { name: 'an admin any path', attributes: ask(admin, 'get', '/metrics'), allowed: true },
  { name: 'a stranger nothing', attributes: ask(stranger, 'list', 'pods'), allowed: false },
  { name: 'a stranger discovery', attributes: ask(stranger, 'get', '/apis/apps/v1'), allowed: true },
  { name: 'nobody discovery', attributes: ask(ANONYMOUS, 'get', '/apis'), allowed: false },
  { name: 'nobody health', attributes: ask(ANONYMOUS, 'get', '/healthz'), allowed: true },
  { name: 'the scheduler bindings', attributes: ask(scheduler, 'create', 'pods/binding'), allowed: true },
  { name: 'the scheduler preemption', attributes: ask(scheduler, 'delete', 'pods'), allowed: true },
  { name: 'the scheduler no nodes to write', attributes: ask(scheduler, 'update', 'nodes'), allowed: false },
  { name: 'the scheduler no secrets', attributes: ask(scheduler, 'list', 'secrets'), allowed: false },
  { name: 'the proxy endpoints', attributes: ask(proxy, 'watch', 'endpointslices', { group: 'discovery.k8s.io' }), allowed: true },
  { name: 'the proxy no pods', attributes: ask(proxy, 'list', 'pods'), allowed: false },
  { name: 'the controllers deployments', attributes: ask(controllers, 'update', 'deployments/status', { group: 'apps' }), allowed: true },
  { name: 'the controllers no exec', attributes: ask(controllers, 'create', 'pods/exec'), allowed: false },
  { name: 'DNS endpoints', attributes: ask(dns, 'watch', 'endpointslices', { group: 'discovery.k8s.io', namespace: '' }), allowed: true },
  { name: 'DNS no pods', attributes: ask(dns, 'list', 'pods'), allowed: false },
  { name: 'a node its own status', attributes: ask(node, 'patch', 'nodes/status', { namespace: '', name: 'n1' }), allowed: true },
  { name: 'a node itself', attributes: ask(node, 'get', 'nodes', { namespace: '', name: 'n1' }), allowed: true },
  { name: 'a node no list of nodes', attributes: ask(node, 'list', 'nodes', { namespace: '' }), allowed: false },
  { name: 'a node its pod', attributes: ask(node, 'get', 'pods', { name: 'mine' }), allowed: true },
  { name: "a node no other's pod", attributes: ask(node, 'get', 'pods', { name: 'theirs' }), allowed: false },
  {
    name: 'a node the pods that are bound to it',
    attributes: ask(node, 'watch', 'pods', { namespace: '', fields: { 'spec.nodeName': 'n1' } }),
    allowed: true,
  },
  {
    name: 'a node no pods of others',
    attributes: ask(node, 'watch', 'pods', { namespace: '', fields: { 'spec.nodeName': 'n2' } }),
    allowed: false,
  },
  {
    name: 'a node tokens of the accounts of its pods',
    attributes: ask(node, 'create', 'serviceaccounts/token', { name: 'used' }),
    allowed: true,
  },
  {
    name: 'a node no tokens of other accounts',
    attributes: ask(node, 'create', 'serviceaccounts/token', { name: 'other' }),
    allowed: false,
  },
  { name: 'a node no exec', attributes: ask(node, 'create', 'pods/exec', { name: 'mine' }), allowed: false },
  { name: 'a node what its pods use', attributes: ask(node, 'get', 'secrets', { name: 'used' }), allowed: true },
  { name: 'a node no other secret', attributes: ask(node, 'get', 'secrets', { name: 'other' }), allowed: false },
  { name: 'a node no list of secrets', attributes: ask(node, 'list', 'secrets'), allowed: false },
  {
    name: 'a node its lease',
    attributes: ask(node, 'update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n1' }),
    allowed: true,
  },
  {
    name: 'a node no other lease',
    attributes: ask(node, 'update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n2' }),
    allowed: false,
  },
  {
    name: 'a stranger questions about himself',
    attributes: ask(stranger, 'create', 'selfsubjectaccessreviews', { group: 'authorization.k8s.io' }),
    allowed: true,
  },
  { name: "a node's name without its group nothing", attributes: ask(impostor, 'list', 'pods'), allowed: false },
])('allows $name: $allowed', ({ attributes, allowed }) => {
  expect(authorizer.allows(attributes)).toBe(allowed);
});

it("refuses in upstream's words", () => {
  expect(forbidden(ask(stranger, 'list', 'pods')).message).toBe(
    'pods is forbidden: User "mallory" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  expect(forbidden(ask(stranger, 'get', 'deployments/scale', { group: 'apps', name: 'web', namespace: '' })).message).toBe(
    'deployments.apps "web" is forbidden: User "mallory" cannot get resource "deployments/scale" in API group "apps" at the cluster scope',
  );
});
