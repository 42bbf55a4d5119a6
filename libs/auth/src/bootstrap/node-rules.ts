import type { PolicyRule } from '@steersman/types';
import { EVENTS, on, READ } from './rule.ts';

/** What every node may do alike, as upstream's role system:node. The node authorizer narrows it to what concerns the node. */
export const NODE_RULES: readonly PolicyRule[] = [
  on('authentication.k8s.io', 'tokenreviews', 'create'),
  on('authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews', 'create'),
  on('core', 'services', READ),
  on('core', 'nodes', `create ${READ}`),
  on('core', 'nodes/status', 'patch update'),
  on('core', 'nodes', 'patch update'),
  EVENTS,
  on('core', 'pods', READ),
  on('core', 'pods', 'create delete'),
  on('core', 'pods/status', 'patch update'),
  on('core', 'pods/eviction', 'create'),
  on('core', 'configmaps secrets', READ),
  on('core', 'persistentvolumeclaims persistentvolumes', 'get'),
  on('core', 'endpoints', 'get'),
  on('certificates.k8s.io', 'certificatesigningrequests', `create ${READ}`),
  on('coordination.k8s.io', 'leases', 'create delete get patch update'),
  on('storage.k8s.io', 'volumeattachments', 'get'),
  on('core', 'serviceaccounts/token', 'create'),
  on('core', 'serviceaccounts', 'get'),
  on('core', 'persistentvolumeclaims/status', 'get patch update'),
  on('storage.k8s.io', 'csidrivers', READ),
  on('storage.k8s.io', 'csinodes', 'create delete get patch update'),
  on('node.k8s.io', 'runtimeclasses', READ),
];
