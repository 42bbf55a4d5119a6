import type { Node, NodeCondition, NodeStatus } from '@steersman/types';
import type { MachineFacts } from './machine.ts';

export interface NodeFacts {
  readonly name: string;
  readonly ip: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly maxPods: number;
  readonly port: number;
  readonly machine: MachineFacts;
  /** Such as `containerd://1.6.20`. */
  readonly runtimeVersion: string;
}

/** What a node has, as its status tells it; a pod may have all of it. */
export function capacityOf({ machine: { cpus, memoryBytes, diskBytes }, maxPods }: Pick<NodeFacts, 'machine' | 'maxPods'>) {
  return {
    cpu: Number.isInteger(cpus) ? String(cpus) : `${Math.round(cpus * 1_000)}m`,
    memory: `${Math.floor(memoryBytes / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(diskBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(maxPods),
  };
}

export function nodeStatus(facts: NodeFacts, conditions: NodeCondition[]): NodeStatus {
  const { name, ip, port, machine, runtimeVersion } = facts;
  const capacity = capacityOf(facts);
  return {
    capacity,
    allocatable: capacity,
    conditions,
    addresses: [
      { type: 'InternalIP', address: ip },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    nodeInfo: { ...machine.info, containerRuntimeVersion: runtimeVersion },
  };
}

export const nodeLabels = ({ name, labels, machine: { info } }: NodeFacts): Record<string, string> => ({
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': info.operatingSystem,
  'kubernetes.io/arch': info.architecture,
  'beta.kubernetes.io/os': info.operatingSystem,
  'beta.kubernetes.io/arch': info.architecture,
  ...labels,
});

/** For events: upstream's kubelet gives its node's name as the uid, and `kubectl describe node` looks for that. */
export const nodeReference = ({ metadata: { name } }: Node): Node =>
  ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } }) as unknown as Node;
