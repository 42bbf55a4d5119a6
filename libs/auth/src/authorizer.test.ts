import { type Attributes, forbidden } from './attributes.ts';
import { createAuthorizer } from './authorizer.ts';
import { ANONYMOUS, userOfCertificate } from './user.ts';

const authorizer = createAuthorizer({
  runsPod: (node, _, pod) => node === 'n1' && pod === 'mine',
  refersTo: (node, { name }) => node === 'n1' && name === 'used',
});

const admin = userOfCertificate({ commonName: 'kubernetes-admin', organizations: ['system:masters'] });
const node = userOfCertificate({ commonName: 'system:node:n1', organizations: ['system:nodes'] });
const impostor = userOfCertificate({ commonName: 'system:node:n1', organizations: [] });
const scheduler = userOfCertificate({ commonName: 'system:kube-scheduler', organizations: [] });
const proxy = userOfCertificate({ commonName: 'system:kube-proxy', organizations: [] });
const controllers = userOfCertificate({ commonName: 'system:kube-controller-manager', organizations: [] });
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
  { name: 'the scheduler no deletes', attributes: ask(scheduler, 'delete', 'pods'), allowed: false },
  { name: 'the scheduler no secrets', attributes: ask(scheduler, 'list', 'secrets'), allowed: false },
  { name: 'the proxy endpoints', attributes: ask(proxy, 'watch', 'endpointslices', { group: 'discovery.k8s.io' }), allowed: true },
  { name: 'the proxy no pods', attributes: ask(proxy, 'list', 'pods'), allowed: false },
  { name: 'the controllers deployments', attributes: ask(controllers, 'update', 'deployments/status', { group: 'apps' }), allowed: true },
  { name: 'the controllers no exec', attributes: ask(controllers, 'create', 'pods/exec'), allowed: false },
  { name: 'a node its own status', attributes: ask(node, 'patch', 'nodes/status', { namespace: '', name: 'n1' }), allowed: true },
  { name: "a node no other's status", attributes: ask(node, 'patch', 'nodes/status', { namespace: '', name: 'n2' }), allowed: false },
  { name: 'a node its pods', attributes: ask(node, 'patch', 'pods/status', { name: 'mine' }), allowed: true },
  { name: "a node no other's pods", attributes: ask(node, 'delete', 'pods', { name: 'theirs' }), allowed: false },
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
