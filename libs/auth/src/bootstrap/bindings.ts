import { CONTROLLER_MANAGER_ROLE, CONTROLLER_ROLES, controllerAccount } from './controller-roles.ts';
import type { BootstrapBinding } from './rule.ts';

const CONTROLLER_MANAGER = 'system:kube-controller-manager';
const SCHEDULER = 'system:kube-scheduler';

/** Who has the roles from the start. Nodes have none: what they may do depends on their pods (see the node authorizer). */
export const BINDINGS: readonly BootstrapBinding[] = [
  { name: 'cluster-admin', role: 'cluster-admin', groups: ['system:masters'] },
  { name: 'system:basic-user', role: 'system:basic-user', groups: ['system:authenticated'] },
  { name: 'system:discovery', role: 'system:discovery', groups: ['system:authenticated'] },
  { name: 'system:public-info-viewer', role: 'system:public-info-viewer', groups: ['system:authenticated', 'system:unauthenticated'] },
  { name: 'system:monitoring', role: 'system:monitoring', groups: ['system:monitoring'] },
  { name: 'system:service-account-issuer-discovery', role: 'system:service-account-issuer-discovery', groups: ['system:serviceaccounts'] },
  { name: 'system:kube-controller-manager', role: 'system:kube-controller-manager', users: [CONTROLLER_MANAGER] },
  { name: CONTROLLER_MANAGER_ROLE.name, role: CONTROLLER_MANAGER_ROLE.name, users: [CONTROLLER_MANAGER] },
  { name: 'system:kube-scheduler', role: 'system:kube-scheduler', users: [SCHEDULER] },
  { name: 'system:volume-scheduler', role: 'system:volume-scheduler', users: [SCHEDULER] },
  { name: 'steersman:dns', role: 'steersman:dns', users: ['system:steersman-dns'] },
  { name: 'system:kube-dns', role: 'system:kube-dns', accounts: ['kube-system/kube-dns'] },
  { name: 'system:node-proxier', role: 'system:node-proxier', users: ['system:kube-proxy'] },
  { name: 'system:node', role: 'system:node' },
  // Nodes join with a bootstrap token: it may ask for a certificate, which is approved without a person.
  { name: 'steersman:node-bootstrapper', role: 'system:node-bootstrapper', groups: ['system:bootstrappers'] },
  {
    name: 'steersman:node-autoapprove-bootstrap',
    role: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    groups: ['system:bootstrappers'],
  },
  {
    name: 'steersman:node-autoapprove-certificate-rotation',
    role: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    groups: ['system:nodes'],
  },
  {
    name: 'system::extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    role: 'extension-apiserver-authentication-reader',
    users: [CONTROLLER_MANAGER, SCHEDULER],
  },
  ...CONTROLLER_ROLES.map(({ name }) => ({ name, role: name, accounts: [controllerAccount(name)] })),
];
