import type { Pod, Toleration } from '@steersman/types';
import { type HostPort, hostPorts } from './host-ports.ts';
import { type NodeChoice, nodeChoice } from './node-affinity.ts';
import { type PodRequests, podRequests } from './pod-requests.ts';

/** All that decides where a pod may go and where it goes best. Pods made from one template share a shape. */
export interface PodShape {
  /** Equal for pods that no node tells apart. */
  readonly key: string;
  readonly requests: PodRequests;
  readonly choice: NodeChoice;
  readonly tolerations: readonly Toleration[];
  readonly hostPorts: readonly HostPort[];
}

export function podShape(pod: Pod): PodShape {
  const { nodeSelector, affinity, tolerations = [] } = pod.spec;
  const requests = podRequests(pod);
  const ports = hostPorts(pod);
  const key = JSON.stringify([
    sorted(requests.amounts),
    requests.scored,
    sorted(Object.entries(nodeSelector ?? {})),
    affinity?.nodeAffinity,
    tolerations,
    ports,
  ]);
  return { key, requests, choice: nodeChoice(pod.spec), tolerations, hostPorts: ports };
}

const sorted = (entries: Iterable<readonly [string, unknown]>): readonly unknown[] => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
