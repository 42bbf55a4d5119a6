import { NODE_RULES } from './node-rules.ts';
import { type BootstrapRole, EVENTS, on, READ } from './rule.ts';

const [AUTHN, AUTHZ, CSR, STORAGE] = ['authentication.k8s.io', 'authorization.k8s.io', 'certificates.k8s.io', 'storage.k8s.io'];
const REVIEWS = [on(AUTHN, 'tokenreviews', 'create'), on(AUTHZ, 'subjectaccessreviews', 'create')];

const leadership = (lease: string) => [
  on('coordination.k8s.io', 'leases', 'create list watch'),
  on('coordination.k8s.io', 'leases', 'get update patch', lease),
];

const approver = (signer: string): BootstrapRole => ({
  name: `system:certificates.k8s.io:${signer}-approver`,
  rules: [on(CSR, 'signers', 'approve', `kubernetes.io/${signer}`)],
});

const signingRequests = (name: string): BootstrapRole => ({
  name: `system:certificates.k8s.io:certificatesigningrequests:${name}`,
  rules: [on(CSR, `certificatesigningrequests/${name}`, 'create')],
});

/** Roles of the cluster's own programs and of those that delegate to it, as upstream's. */
export const COMPONENT_ROLES: readonly BootstrapRole[] = [
  { name: 'system:auth-delegator', rules: REVIEWS },
  ...['nodeclient', 'selfnodeclient'].map(signingRequests),
  ...['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving', 'legacy-unknown'].map(approver),
  { name: 'system:kube-aggregator', rules: [on('core', 'endpoints services', READ)] },
  {
    name: 'system:kube-controller-manager',
    rules: [
      EVENTS,
      ...leadership('kube-controller-manager'),
      on('core', 'secrets serviceaccounts', 'create'),
      on('core', 'secrets', 'delete'),
      on('core', 'configmaps namespaces secrets serviceaccounts', 'get'),
      on('core', 'secrets serviceaccounts', 'update'),
      ...REVIEWS,
      on('*', '*', 'list watch'),
      on('core', 'serviceaccounts/token', 'create'),
    ],
  },
  {
    name: 'steersman:dns',
    rules: [on('core', 'services namespaces', 'list watch'), on('discovery.k8s.io', 'endpointslices', 'list watch')],
  },
  {
    name: 'system:kube-dns',
    rules: [on('core', 'endpoints services', 'list watch'), on('discovery.k8s.io', 'endpointslices', 'list watch')],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      EVENTS,
      ...leadership('kube-scheduler'),
      on('core', 'nodes', READ),
      on('core', 'pods', `delete ${READ}`),
      on('core', 'bindings pods/binding', 'create'),
      on('core', 'pods/status', 'patch update'),
      on('core', 'replicationcontrollers services', READ),
      on('apps', 'replicasets statefulsets', READ),
      on('policy', 'poddisruptionbudgets', READ),
      on('core', 'persistentvolumeclaims persistentvolumes', READ),
      on('scheduling.k8s.io', 'priorityclasses', READ),
      ...REVIEWS,
      on(STORAGE, 'csinodes csidrivers csistoragecapacities', READ),
      on('core', 'namespaces', READ),
    ],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      on('core', 'nodes', `${READ} proxy`),
      on('core', 'nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/stats', '*'),
    ],
  },
  { name: 'system:node', rules: NODE_RULES },
  { name: 'system:node-bootstrapper', rules: [on(CSR, 'certificatesigningrequests', `create ${READ}`)] },
  { name: 'system:node-problem-detector', rules: [on('core', 'nodes', 'get'), on('core', 'nodes/status', 'patch'), EVENTS] },
  {
    name: 'system:node-proxier',
    rules: [
      on('core', 'endpoints services', 'list watch'),
      on('core', 'nodes', READ),
      EVENTS,
      on('discovery.k8s.io', 'endpointslices', 'list watch'),
    ],
  },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      on('core', 'persistentvolumes', `create delete ${READ}`),
      on('core', 'persistentvolumeclaims', `${READ} update`),
      on(STORAGE, 'storageclasses', READ),
      on('core', 'events', 'watch'),
      EVENTS,
    ],
  },
  {
    name: 'system:volume-scheduler',
    rules: [on('core', 'persistentvolumes persistentvolumeclaims', `${READ} patch update`), on(STORAGE, 'storageclasses', READ)],
  },
  {
    name: 'extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    rules: [on('core', 'configmaps', READ, 'extension-apiserver-authentication')],
  },
];
