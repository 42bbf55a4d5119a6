import { nodeNameOf } from '@steersman/auth';
import {
  type ApiObject,
  jsonEquals,
  type Kind,
  leaseKind,
  type Node,
  nodeKind,
  type OwnerReference,
  type Pod,
  podKind,
  serviceAccountKind,
  type TokenRequest,
} from '@steersman/types';
import { type Lookup, parseStored } from '../lookup.ts';
import type { AdmissionRule, AdmittedWrite } from '../machine/admission.ts';
import { notFound, refused } from '../machine/errors.ts';
import { referencesOf } from '../pod-references.ts';
import { isMirror, MIRROR } from './mirror-pod.ts';

type Check = (write: AdmittedWrite, nodeName: string, lookup: Lookup) => string | undefined | Promise<string | undefined>;

/** Why a node may not write an object; undefined when it may. */
const CHECKS: ReadonlyMap<Kind, Check> = new Map<Kind, Check>([
  [podKind, checkPod],
  [nodeKind, checkNode],
  [serviceAccountKind, checkToken],
  [leaseKind, checkLease],
]);

/** A node writes what is its own, whatever the authorizer, which does not see the objects, let through. */
export const nodeRestriction = (lookup: Lookup): AdmissionRule => ({
  async admit(write) {
    const nodeName = nodeNameOf(write.user);
    if (nodeName === undefined) return;
    const why = await CHECKS.get(write.kind)?.(write, nodeName, lookup);
    if (why !== undefined) throw refused(write.kind, write.object.metadata.name, why);
  },
});

function checkPod({ operation, subresource, object, prev }: AdmittedWrite, nodeName: string, lookup: Lookup): ReturnType<Check> {
  const node = JSON.stringify(nodeName);
  const [pod, before] = [object as Pod, prev as Pod | undefined]; // the kind says so
  if (subresource === 'status') {
    if (before?.spec.nodeName !== nodeName) return `node ${node} can only update pod status for pods with spec.nodeName set to itself`;
    return jsonEquals(pod.metadata.labels ?? {}, before.metadata.labels ?? {})
      ? undefined
      : `node ${node} cannot update labels through pod status`;
  }
  if (subresource === 'eviction')
    return before?.spec.nodeName === nodeName ? undefined : `node ${nodeName} can only evict pods with spec.nodeName set to itself`;
  if (subresource !== '') return `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`;
  if (operation === 'create') return checkMirrorPod(pod, nodeName, lookup);
  if (operation === 'delete')
    return pod.spec.nodeName === nodeName ? undefined : `node ${node} can only delete pods with spec.nodeName set to itself`;
  return `unexpected operation "UPDATE", node ${node} can only create and delete mirror pods`;
}

/** Mirror pods refer to nothing: else a node could reach any secret by making a pod that refers to it. */
async function checkMirrorPod(pod: Pod, nodeName: string, lookup: Lookup): Promise<string | undefined> {
  const node = JSON.stringify(nodeName);
  if (!isMirror(pod)) return `pod does not have ${JSON.stringify(MIRROR)} annotation, node ${node} can only create mirror pods`;
  if (pod.spec.nodeName !== nodeName) return `node ${node} can only create pods with spec.nodeName set to itself`;
  const [owner, ...others] = pod.metadata.ownerReferences ?? [];
  if (others.length > 0) return `node ${node} can only create pods with a single owner reference set to itself`;
  const why = await checkOwner(owner, nodeName, lookup);
  if (why !== undefined) return why;
  if (pod.spec.serviceAccountName) return `node ${node} can not create pods that reference a service account`;
  const [reference] = referencesOf(pod.spec, pod.metadata.name);
  return reference && `node ${node} can not create pods that reference ${reference.resource}`;
}

async function checkOwner(owner: OwnerReference | undefined, nodeName: string, lookup: Lookup): Promise<string | undefined> {
  const node = JSON.stringify(nodeName);
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== nodeName)
    return `node ${node} can only create pods with an owner reference set to itself`;
  if (!owner.controller) return `node ${node} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion) return `node ${node} must not set blockOwnerDeletion on an owner reference`;
  const found = await lookup(nodeKind, '', nodeName);
  if (!found) throw notFound(nodeKind, nodeName);
  return found.uid === owner.uid ? undefined : `node ${nodeName} UID mismatch: expected ${owner.uid} got ${found.uid}`;
}

function checkNode({ operation, object, prev }: AdmittedWrite, nodeName: string): string | undefined {
  const node = JSON.stringify(nodeName);
  const [next, before] = [object as Node, prev as Node | undefined]; // the kind says so
  const { name } = next.metadata;
  if (name !== nodeName) return `node ${node} is not allowed to modify node ${JSON.stringify(name)}`;
  if (operation === 'delete') return undefined;
  if (operation === 'update' && !jsonEquals(next.spec.taints ?? [], before?.spec.taints ?? []))
    return `node ${node} is not allowed to modify taints`;
  const forbidden = changedLabels(next, before).filter(isForbiddenLabel).sort();
  if (forbidden.length === 0) return undefined;
  return operation === 'create'
    ? `node ${node} is not allowed to set the following labels: ${forbidden.join(', ')}`
    : `is not allowed to modify labels: ${forbidden.join(', ')}`;
}

function changedLabels(next: ApiObject, prev: ApiObject | undefined): string[] {
  const [after, before] = [next.metadata.labels ?? {}, prev?.metadata.labels ?? {}];
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].filter(key => after[key] !== before[key]);
}

/** Labels of the system that tell what a node is (k8s.io/kubelet/pkg/apis/well_known_labels.go). */
const KUBELET_LABELS = [
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.kubernetes.io/region',
  'failure-domain.kubernetes.io/zone',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
];
const KUBELET_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const SYSTEM_DOMAINS = ['kubernetes.io', 'k8s.io'];

const isWithin = (domain: string, parents: readonly string[]): boolean =>
  parents.some(parent => domain === parent || domain.endsWith(`.${parent}`));

/** What would draw pods to the node that are not meant for it. */
function isForbiddenLabel(key: string): boolean {
  const at = key.indexOf('/');
  const domain = at < 0 ? '' : key.slice(0, at);
  if (isWithin(domain, ['node-restriction.kubernetes.io'])) return true;
  return isWithin(domain, SYSTEM_DOMAINS) && !isWithin(domain, KUBELET_DOMAINS) && !KUBELET_LABELS.includes(key);
}

async function checkToken(
  { subresource, namespace, object }: AdmittedWrite,
  nodeName: string,
  lookup: Lookup,
): Promise<string | undefined> {
  if (subresource !== 'token') return undefined;
  const { boundObjectRef: bound } = (object as unknown as TokenRequest).spec; // the body of a token's request
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) return 'node requested token not bound to a pod';
  if (!bound.uid) return 'node requested token with a pod binding without a uid';
  const found = await lookup(podKind, namespace, bound.name);
  if (!found) throw notFound(podKind, bound.name);
  if (found.uid !== bound.uid)
    return `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  return parseStored<Pod>(found).spec.nodeName === nodeName
    ? undefined
    : 'node requested token bound to a pod scheduled on a different node';
}

const LEASES = 'kube-node-lease';

function checkLease({ namespace, object }: AdmittedWrite, nodeName: string): string | undefined {
  if (namespace !== LEASES) return `can only access leases in the ${JSON.stringify(LEASES)} system namespace`;
  return object.metadata.name === nodeName ? undefined : 'can only access node lease with the same name as the requesting node';
}
