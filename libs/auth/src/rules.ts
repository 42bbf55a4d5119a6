import type { Attributes } from './attributes.ts';

/** Allows what all of its parts match; '*' matches anything. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly groups?: readonly string[];
  /** Plurals, or plural/subresource. */
  readonly resources?: readonly string[];
  readonly namespaces?: readonly string[];
  /** Paths that are no resources; a trailing * matches any rest. */
  readonly paths?: readonly string[];
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];

const EVENTS: Rule = { verbs: ['create', 'patch', 'update', 'get'], groups: [''], resources: ['events'] };
const LEADERSHIP: Rule = {
  verbs: ['get', 'create', 'update', 'patch'],
  groups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: ['kube-system'],
};

/** What each user or group may do. People with other certificates may do nothing until they are given rights. */
export const RULES: Readonly<Record<string, readonly Rule[]>> = {
  'system:masters': [
    { verbs: ['*'], groups: ['*'], resources: ['*', '*/*'] },
    { verbs: ['*'], paths: ['*'] },
  ],
  'system:authenticated': [
    {
      verbs: ['get'],
      paths: ['/api', '/api/*', '/apis', '/apis/*', '/openapi/*', '/version', '/version/', '/healthz', '/livez', '/readyz'],
    },
  ],
  'system:unauthenticated': [{ verbs: ['get'], paths: ['/version', '/version/', '/healthz', '/livez', '/readyz'] }],
  'system:kube-scheduler': [
    EVENTS,
    LEADERSHIP,
    { verbs: READ, groups: [''], resources: ['pods', 'nodes', 'namespaces', 'services'] },
    { verbs: READ, groups: ['apps'], resources: ['replicasets'] },
    { verbs: ['create'], groups: [''], resources: ['pods/binding'] },
    { verbs: ['patch', 'update'], groups: [''], resources: ['pods/status'] },
  ],
  'system:kube-proxy': [
    EVENTS,
    { verbs: READ, groups: [''], resources: ['services', 'nodes'] },
    { verbs: READ, groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  ],
  'system:kube-controller-manager': [
    EVENTS,
    LEADERSHIP,
    // It clears whole namespaces and collects any kind's garbage: everything but what reaches into containers.
    { verbs: [...READ, ...WRITE, 'deletecollection'], groups: ['*'], resources: ['*'] },
    { verbs: ['update', 'patch', 'get'], groups: ['*'], resources: ['*/status', '*/scale', '*/finalize'] },
  ],
};

const has = (values: readonly string[] | undefined, wanted: string): boolean =>
  values?.some(value => value === '*' || value === wanted) ?? false;

const hasPath = (paths: readonly string[] | undefined, wanted: string): boolean =>
  paths?.some(path => (path.endsWith('*') ? wanted.startsWith(path.slice(0, -1)) : path === wanted)) ?? false;

/** Subresources are rights of their own: `pods` says nothing about `pods/exec`. */
function hasResource(resources: readonly string[] | undefined, { resource, subresource }: Attributes): boolean {
  if (!subresource) return has(resources, resource);
  return resources?.some(value => [`${resource}/${subresource}`, `*/${subresource}`, '*/*'].includes(value)) ?? false;
}

export function ruleAllows(rule: Rule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.resource === '') return hasPath(rule.paths, attributes.path);
  return (
    has(rule.groups, attributes.group) &&
    hasResource(rule.resources, attributes) &&
    (!rule.namespaces || has(rule.namespaces, attributes.namespace))
  );
}
