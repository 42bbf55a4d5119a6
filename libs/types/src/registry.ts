import type { Kind } from './kind.ts';
import { configMapKind } from './kinds/config-map.ts';
import { deploymentKind } from './kinds/deployment.ts';
import { endpointSliceKind } from './kinds/endpoint-slice.ts';
import { replicationControllerKind } from './kinds/replication-controller.ts';
import { endpointsKind } from './kinds/endpoints.ts';
import { eventKind } from './kinds/event.ts';
import { leaseKind } from './kinds/lease.ts';
import { namespaceKind } from './kinds/namespace.ts';
import { nodeKind } from './kinds/node.ts';
import { podKind } from './kinds/pod/pod.ts';
import { replicaSetKind } from './kinds/replica-set.ts';
import { secretKind } from './kinds/secret.ts';
import { serviceAccountKind } from './kinds/service-account.ts';
import { serviceKind } from './kinds/service.ts';

/** Every kind that is served. A kind that is in this list is served, stored, watched, printed, discovered and documented. */
export const KINDS: readonly Kind[] = [
  configMapKind,
  endpointsKind,
  eventKind,
  namespaceKind,
  nodeKind,
  podKind,
  secretKind,
  serviceAccountKind,
  serviceKind,
  deploymentKind,
  replicaSetKind,
  leaseKind,
  replicationControllerKind,
  endpointSliceKind,
];

const byResource = new Map(KINDS.map(kind => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));

export const findKind = ({ group, version, plural }: Pick<Kind, 'group' | 'version' | 'plural'>): Kind | undefined =>
  byResource.get(`${group}/${version}/${plural}`);

/** By `apiVersion` and `kind`, as an object names itself. */
export const findKindOf = (apiVersion: string, kind: string): Kind | undefined =>
  KINDS.find(known => known.kind === kind && (known.group ? `${known.group}/${known.version}` : known.version) === apiVersion);
