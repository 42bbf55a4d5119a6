import { type BootstrapRole, EVENTS, on, READ } from './rule.ts';

const MANAGED = `${READ} create delete patch update`;

/** Rights of upstream's controllers, each of which can run as a service account of its name in kube-system. */
const RULES: Readonly<Record<string, readonly BootstrapRole['rules'][number][]>> = {
  'certificate-controller': [
    on('certificates.k8s.io', 'certificatesigningrequests', `${READ} delete`),
    on('certificates.k8s.io', 'certificatesigningrequests/approval certificatesigningrequests/status', 'update'),
    on('certificates.k8s.io', 'signers', 'approve', 'kubernetes.io/kube-apiserver-client-kubelet'),
    on(
      'certificates.k8s.io',
      'signers',
      'sign',
      'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown',
    ),
    on('authorization.k8s.io', 'subjectaccessreviews', 'create'),
    EVENTS,
  ],
  'clusterrole-aggregation-controller': [on('rbac.authorization.k8s.io', 'clusterroles', `escalate ${READ} patch update`)],
  'cronjob-controller': [
    on('batch', 'cronjobs', `${READ} update`),
    on('batch', 'jobs', MANAGED),
    on('batch', 'cronjobs/finalizers cronjobs/status', 'update'),
    on('core', 'pods', 'delete list watch'),
    EVENTS,
  ],
  'daemon-set-controller': [
    on('apps', 'daemonsets', READ),
    on('apps', 'daemonsets/finalizers daemonsets/status', 'update'),
    on('core', 'nodes', 'list watch'),
    on('core', 'pods', 'create delete list patch watch'),
    on('core', 'pods/binding', 'create'),
    on('apps', 'controllerrevisions', MANAGED),
    EVENTS,
  ],
  'deployment-controller': [
    on('apps', 'deployments', `${READ} update`),
    on('apps', 'deployments/finalizers deployments/status', 'update'),
    on('apps', 'replicasets', MANAGED),
    on('core', 'pods', `${READ} update`),
    EVENTS,
  ],
  'disruption-controller': [
    on('apps', 'deployments replicasets statefulsets', READ),
    on('core', 'replicationcontrollers', READ),
    on('policy', 'poddisruptionbudgets', READ),
    on('policy', 'poddisruptionbudgets/status', 'update'),
    on('core', 'pods/status', 'patch update'),
    on('*', '*/scale', 'get'),
    EVENTS,
  ],
  'endpoint-controller': [
    on('core', 'pods services', READ),
    on('core', 'endpoints', `${READ} create delete update`),
    on('core', 'endpoints/restricted', 'create'),
    EVENTS,
  ],
  'endpointslice-controller': [
    on('core', 'nodes pods services', READ),
    on('core', 'services/finalizers', 'update'),
    on('discovery.k8s.io', 'endpointslices', `${READ} create delete update`),
    EVENTS,
  ],
  'endpointslicemirroring-controller': [
    on('core', 'endpoints services', READ),
    on('core', 'endpoints/finalizers services/finalizers', 'update'),
    on('discovery.k8s.io', 'endpointslices', `${READ} create delete update`),
    EVENTS,
  ],
  'generic-garbage-collector': [on('*', '*', `${READ} delete patch update`), EVENTS],
  'job-controller': [
    on('batch', 'jobs', `${READ} patch update`),
    on('batch', 'jobs/finalizers jobs/status', 'update'),
    on('core', 'pods', 'create delete list patch watch'),
    EVENTS,
  ],
  'namespace-controller': [
    on('core', 'namespaces', `${READ} delete`),
    on('core', 'namespaces/finalize namespaces/status', 'update'),
    on('*', '*', `${READ} delete deletecollection`),
  ],
  'node-controller': [
    on('core', 'nodes', `${READ} delete patch update`),
    on('core', 'nodes/status pods/status', 'patch update'),
    on('core', 'pods', `${READ} delete`),
    EVENTS,
  ],
  'pod-garbage-collector': [on('core', 'pods', 'delete list watch'), on('core', 'nodes', READ), on('core', 'pods/status', 'patch')],
  'replicaset-controller': [
    on('apps', 'replicasets', `${READ} update`),
    on('apps', 'replicasets/finalizers replicasets/status', 'update'),
    on('core', 'pods', 'create delete list patch watch'),
    EVENTS,
  ],
  'replication-controller': [
    on('core', 'replicationcontrollers', `${READ} update`),
    on('core', 'replicationcontrollers/finalizers replicationcontrollers/status', 'update'),
    on('core', 'pods', 'create delete list patch watch'),
    EVENTS,
  ],
  'resourcequota-controller': [on('*', '*', 'list watch'), on('core', 'resourcequotas/status', 'update'), EVENTS],
  'root-ca-cert-publisher': [on('core', 'configmaps', 'create update'), EVENTS],
  'service-account-controller': [on('core', 'serviceaccounts', 'create'), EVENTS],
  'statefulset-controller': [
    on('apps', 'statefulsets', READ),
    on('apps', 'statefulsets/finalizers statefulsets/status', 'update'),
    on('core', 'pods', MANAGED),
    on('core', 'pods/finalizers', 'update'),
    on('apps', 'controllerrevisions', MANAGED),
    on('core', 'persistentvolumeclaims', `${READ} create delete update`),
    EVENTS,
  ],
  'ttl-after-finished-controller': [on('batch', 'jobs', `${READ} delete`), EVENTS],
};

const PREFIX = 'system:controller:';

export const CONTROLLER_ROLES: readonly BootstrapRole[] = Object.entries(RULES).map(([name, rules]) => ({
  name: `${PREFIX}${name}`,
  rules,
}));

export const controllerAccount = (roleName: string): string => `kube-system/${roleName.slice(PREFIX.length)}`;

/**
 * All controllers are one program with one identity. Whoever collects any kind's garbage and clears whole namespaces writes and
 * deletes everything anyway; what they create is named, so that nothing here reaches into containers or grants tokens.
 */
export const CONTROLLER_MANAGER_ROLE: BootstrapRole = {
  name: 'steersman:controller-manager',
  rules: [
    on('*', '*', `${READ} delete deletecollection patch update`),
    on(
      'core',
      'configmaps endpoints events persistentvolumeclaims persistentvolumes pods pods/eviction secrets serviceaccounts services',
      'create',
    ),
    on('apps', 'controllerrevisions daemonsets deployments replicasets', 'create'),
    on('batch', 'jobs', 'create'),
    on('discovery.k8s.io', 'endpointslices', 'create'),
    on('rbac.authorization.k8s.io', 'clusterroles', 'escalate'),
    ...(RULES['certificate-controller'] ?? []),
  ],
};
