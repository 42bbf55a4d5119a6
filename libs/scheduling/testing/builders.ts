import type { Container, Namespace, Node, NodeSpec, Pod, PodDisruptionBudget, PodSpec, Service } from '@steersman/types';

let uids = 0;

const metadata = (name: string, labels: Record<string, string>) => ({
  name,
  labels,
  uid: `uid-${++uids}`,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
});

export interface NodeFacts extends NodeSpec {
  readonly allocatable?: Record<string, string>;
  readonly labels?: Record<string, string>;
}

/** A node of 4 cores, 8 GiB and 10 pods. */
export const node = (name: string, { allocatable = {}, labels = {}, ...spec }: NodeFacts = {}): Node => ({
  metadata: metadata(name, { 'kubernetes.io/hostname': name, ...labels }),
  spec,
  status: { allocatable: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '10Gi', pods: '10', ...allocatable } },
});

export interface PodFacts extends Partial<PodSpec> {
  readonly labels?: Record<string, string>;
  readonly namespace?: string;
  /** Uid of its controller. */
  readonly owner?: string;
  readonly requests?: Record<string, string>;
  readonly ports?: Container['ports'];
}

/** A pod of one container in namespace ns that waits for the default scheduler. */
export const pod = (name: string, { requests, ports, labels = {}, namespace = 'ns', owner, ...spec }: PodFacts = {}): Pod => ({
  metadata: {
    ...metadata(name, labels),
    namespace,
    ...(owner && { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }] }),
  },
  spec: {
    schedulerName: 'default-scheduler',
    containers: [{ name: 'c', image: 'i', ...(requests && { resources: { requests } }), ...(ports && { ports }) }],
    ...spec,
  },
  status: { phase: 'Pending' },
});

type Labels = Record<string, string>;

export const namespace = (name: string, labels: Labels): Namespace => ({ metadata: metadata(name, labels), spec: {}, status: {} });

export const service = (name: string, selector: Labels): Service => ({
  metadata: { ...metadata(name, {}), namespace: 'ns' },
  spec: { selector },
  status: {},
});

export const budget = (name: string, matchLabels: Labels, disruptionsAllowed: number): PodDisruptionBudget => ({
  metadata: { ...metadata(name, {}), namespace: 'ns' },
  spec: { selector: { matchLabels } },
  status: { disruptionsAllowed },
});
