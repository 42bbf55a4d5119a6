import type { ResourceClient } from '@steersman/client';
import { isReason } from '@steersman/status';
import type { Pod, PodCondition } from '@steersman/types';

const MAX_TRIES = 3;

export interface Unschedulable {
  readonly pod: Pod;
  readonly message: string;
  /** Where room is being made for it. */
  readonly nominatedNodeName?: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/**
 * Shows in the pod's condition PodScheduled why it has no node. Carries the version it saw: a pod that was bound
 * meanwhile must not be said to be without a node.
 */
export async function showUnschedulable(
  pods: ResourceClient<Pod>,
  { pod, message, nominatedNodeName, now, signal }: Unschedulable,
): Promise<void> {
  let seen = pod;
  for (let tries = 1; seen.metadata.uid === pod.metadata.uid && !seen.spec.nodeName; tries++) {
    const next = condition(seen, message, now);
    const nominates = nominatedNodeName !== undefined && nominatedNodeName !== seen.status.nominatedNodeName;
    if (!next && !nominates) return;
    const { uid, resourceVersion } = seen.metadata;
    try {
      const patch = {
        metadata: { uid, resourceVersion },
        status: { ...(next && { conditions: [next] }), ...(nominates && { nominatedNodeName }) },
      };
      await pods.patch(pod.metadata, patch, { type: 'application/strategic-merge-patch+json', subresource: 'status', signal });
      return;
    } catch (err) {
      if (!isReason(err, 'Conflict') || tries === MAX_TRIES) throw err;
      seen = await pods.get(pod.metadata, { signal });
    }
  }
}

/** Undefined when the pod says so already. */
function condition({ metadata, status }: Pod, message: string, now: Date): PodCondition | undefined {
  const current = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (current?.status === 'False' && current.reason === 'Unschedulable' && current.message === message) return undefined;
  return {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: (current?.status === 'False' && current.lastTransitionTime) || `${now.toISOString().slice(0, 19)}Z`,
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
  };
}
