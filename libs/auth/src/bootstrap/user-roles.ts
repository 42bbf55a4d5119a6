import { type BootstrapRole, on, paths, READ, WRITE } from './rule.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** Roles for people, as upstream's: what may be bound without a thought. */
export const USER_ROLES: readonly BootstrapRole[] = [
  { name: 'cluster-admin', rules: [on('*', '*', '*'), { nonResourceURLs: ['*'], verbs: ['*'] }] },
  { name: 'admin', rules: [], aggregates: 'admin' },
  { name: 'edit', rules: [], aggregates: 'edit', aggregateTo: 'admin' },
  { name: 'view', rules: [], aggregates: 'view', aggregateTo: 'edit' },
  {
    name: 'system:aggregate-to-admin',
    aggregateTo: 'admin',
    rules: [on('authorization.k8s.io', 'localsubjectaccessreviews', 'create'), on(RBAC, 'rolebindings roles', `${READ} ${WRITE}`)],
  },
  {
    name: 'system:aggregate-to-edit',
    aggregateTo: 'edit',
    rules: [
      on('core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', READ),
      on('core', 'serviceaccounts', 'impersonate'),
      on('core', 'pods pods/attach pods/exec pods/portforward pods/proxy', WRITE),
      on('core', 'pods/eviction', 'create'),
      on(
        'core',
        'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
        WRITE,
      ),
      on('core', 'serviceaccounts/token', 'create'),
      on(
        'apps',
        'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
        WRITE,
      ),
      on('autoscaling', 'horizontalpodautoscalers', WRITE),
      on('batch', 'cronjobs jobs', WRITE),
      on('policy', 'poddisruptionbudgets', WRITE),
      on('networking.k8s.io', 'ingresses networkpolicies', WRITE),
      on('coordination.k8s.io', 'leases', `${READ} ${WRITE}`),
    ],
  },
  {
    name: 'system:aggregate-to-view',
    aggregateTo: 'view',
    rules: [
      on(
        'core',
        'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
        READ,
      ),
      on(
        'core',
        'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
        READ,
      ),
      on('core', 'namespaces', READ),
      on('discovery.k8s.io', 'endpointslices', READ),
      on(
        'apps',
        'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
        READ,
      ),
      on('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', READ),
      on('batch', 'cronjobs cronjobs/status jobs jobs/status', READ),
      on('policy', 'poddisruptionbudgets poddisruptionbudgets/status', READ),
      on('networking.k8s.io', 'ingresses ingresses/status networkpolicies', READ),
    ],
  },
  {
    name: 'system:basic-user',
    rules: [
      on('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', 'create'),
      on('authentication.k8s.io', 'selfsubjectreviews', 'create'),
    ],
  },
  {
    name: 'system:discovery',
    rules: [paths('/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/')],
  },
  { name: 'system:public-info-viewer', rules: [paths('/healthz /livez /readyz /version /version/')] },
  {
    name: 'system:monitoring',
    rules: [paths('/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*')],
  },
  { name: 'system:service-account-issuer-discovery', rules: [paths('/.well-known/openid-configuration /openid/v1/jwks')] },
];
