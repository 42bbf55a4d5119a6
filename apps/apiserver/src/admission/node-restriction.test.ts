import { userOfCertificate } from '@steersman/auth';
import type { StoredObject } from '@steersman/store';
import { type ApiObject, type Kind, leaseKind, nodeKind, podKind, secretKind, serviceAccountKind } from '@steersman/types';
import type { AdmittedWrite } from '../machine/admission.ts';
import { nodeRestriction } from './node-restriction.ts';

const meta = (name: string, more: object = {}) => ({ name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '', ...more });
const stored = (name: string, object: object): StoredObject =>
  ({ name, uid: `uid-${name}`, body: Buffer.from(JSON.stringify(object)) }) as StoredObject;
const world: Readonly<Record<string, StoredObject>> = {
  'nodes//n1': stored('n1', {}),
  'pods/one/mine': stored('mine', { spec: { nodeName: 'n1' } }),
  'pods/one/theirs': stored('theirs', { spec: { nodeName: 'n2' } }),
};
const rule = nodeRestriction(async (kind, namespace, name) => world[`${kind.plural}/${namespace}/${name}`]);

const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'uid-n1', controller: true };
const mirror = (change: { spec?: object; metadata?: object } = {}) => ({
  metadata: meta('static', { annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner], ...change.metadata }),
  spec: { nodeName: 'n1', containers: [], ...change.spec },
});
const node = (labels: object, spec: object = {}, name = 'n1') => ({ metadata: meta(name, { labels }), spec });
const token = (spec: object) => ({ metadata: meta('default'), spec });

interface Case {
  readonly name: string;
  readonly kind: Kind;
  readonly operation: AdmittedWrite['operation'];
  readonly subresource?: string;
  readonly object: object;
  readonly prev?: object;
  readonly namespace?: string;
  readonly why?: string;
}

const cases: readonly Case[] = [
  { name: 'its mirror pod', kind: podKind, operation: 'create', object: mirror() },
  {
    name: 'a pod of no file',
    kind: podKind,
    operation: 'create',
    object: mirror({ metadata: { annotations: {} } }),
    why: 'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
  },
  {
    name: "another node's mirror pod",
    kind: podKind,
    operation: 'create',
    object: mirror({ spec: { nodeName: 'n2' } }),
    why: 'node "n1" can only create pods with spec.nodeName set to itself',
  },
  {
    name: 'a mirror pod nobody owns',
    kind: podKind,
    operation: 'create',
    object: mirror({ metadata: { ownerReferences: [] } }),
    why: 'node "n1" can only create pods with an owner reference set to itself',
  },
  {
    name: 'a mirror pod of an earlier node',
    kind: podKind,
    operation: 'create',
    object: mirror({ metadata: { ownerReferences: [{ ...owner, uid: 'old' }] } }),
    why: 'node n1 UID mismatch: expected old got uid-n1',
  },
  {
    name: 'a mirror pod that reads a secret',
    kind: podKind,
    operation: 'create',
    object: mirror({ spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] } }),
    why: 'node "n1" can not create pods that reference secrets',
  },
  { name: 'an end of its pod', kind: podKind, operation: 'delete', object: { metadata: meta('mine'), spec: { nodeName: 'n1' } } },
  {
    name: "an end of another node's pod",
    kind: podKind,
    operation: 'delete',
    object: { metadata: meta('theirs'), spec: { nodeName: 'n2' } },
    why: 'node "n1" can only delete pods with spec.nodeName set to itself',
  },
  {
    name: "the status of another node's pod",
    kind: podKind,
    operation: 'update',
    subresource: 'status',
    object: { metadata: meta('theirs'), spec: { nodeName: 'n2' } },
    prev: { metadata: meta('theirs'), spec: { nodeName: 'n2' } },
    why: 'node "n1" can only update pod status for pods with spec.nodeName set to itself',
  },
  {
    name: 'an eviction of its pod',
    kind: podKind,
    operation: 'create',
    subresource: 'eviction',
    object: { metadata: meta('mine') },
    prev: { metadata: meta('mine'), spec: { nodeName: 'n1' } },
  },
  {
    name: "an eviction of another node's pod",
    kind: podKind,
    operation: 'create',
    subresource: 'eviction',
    object: { metadata: meta('theirs') },
    prev: { metadata: meta('theirs'), spec: { nodeName: 'n2' } },
    why: 'node n1 can only evict pods with spec.nodeName set to itself',
  },
  {
    name: 'itself, with its own labels',
    kind: nodeKind,
    operation: 'create',
    object: node({ 'kubernetes.io/hostname': 'n1', 'node.kubernetes.io/x': 'y', mine: 'z' }),
  },
  {
    name: 'itself, with labels that draw pods to it',
    kind: nodeKind,
    operation: 'create',
    object: node({ 'node-restriction.kubernetes.io/pci': 'yes', 'apps.k8s.io/x': 'y' }),
    why: 'node "n1" is not allowed to set the following labels: apps.k8s.io/x, node-restriction.kubernetes.io/pci',
  },
  {
    name: 'another node',
    kind: nodeKind,
    operation: 'update',
    object: node({}, {}, 'n2'),
    prev: node({}, {}, 'n2'),
    why: 'node "n1" is not allowed to modify node "n2"',
  },
  {
    name: 'its taints',
    kind: nodeKind,
    operation: 'update',
    object: node({}),
    prev: node({}, { taints: [{ key: 'a', effect: 'NoSchedule' }] }),
    why: 'node "n1" is not allowed to modify taints',
  },
  { name: 'its lease', kind: leaseKind, operation: 'create', namespace: 'kube-node-lease', object: { metadata: meta('n1') } },
  {
    name: "another node's lease",
    kind: leaseKind,
    operation: 'create',
    namespace: 'kube-node-lease',
    object: { metadata: meta('n2') },
    why: 'can only access node lease with the same name as the requesting node',
  },
  {
    name: 'a token for its pod',
    kind: serviceAccountKind,
    operation: 'create',
    subresource: 'token',
    object: token({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: 'uid-mine' } }),
  },
  {
    name: 'a token for nobody',
    kind: serviceAccountKind,
    operation: 'create',
    subresource: 'token',
    object: token({}),
    why: 'node requested token not bound to a pod',
  },
  {
    name: "a token for another node's pod",
    kind: serviceAccountKind,
    operation: 'create',
    subresource: 'token',
    object: token({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'theirs', uid: 'uid-theirs' } }),
    why: 'node requested token bound to a pod scheduled on a different node',
  },
  { name: 'what is no concern of nodes', kind: secretKind, operation: 'create', object: { metadata: meta('s') } },
];

const admitted = (
  { kind, operation, subresource = '', object, prev, namespace = 'one' }: Case,
  user = userOfCertificate({ commonName: 'system:node:n1', organizations: ['system:nodes'] }),
): Promise<void> =>
  Promise.resolve(
    rule.admit?.({ kind, operation, subresource, namespace, object: object as ApiObject, prev: prev as ApiObject | undefined, user }),
  );

it.each(cases)('a node writes $name: $why', async testCase => {
  const outcome = await admitted(testCase).catch((err: Error) => err.message.split(' is forbidden: ')[1]);
  expect(outcome).toBe(testCase.why);
});

it.each(cases)('a user writes $name', async testCase => {
  await expect(admitted(testCase, userOfCertificate({ commonName: 'lea', organizations: [] }))).resolves.toBeUndefined();
});
