import type { ApiObject, Pod, PodTemplateSpec, ReplicaSetCondition, ReplicaSetStatus } from '@steersman/types';
import { availableInMs, isReady } from '../pods.ts';
import { timeText } from '../times.ts';

/** A ReplicaSet or a ReplicationController. */
export interface ReplicaOwner extends ApiObject {
  spec: { replicas?: number; minReadySeconds?: number; template?: PodTemplateSpec };
  status: { replicas: number; conditions?: ReplicaSetCondition[] };
}

export interface StatusFacts {
  readonly pods: readonly Pod[];
  /** Absent when the kind does not show it. */
  readonly terminating?: number;
  /** Why the last attempt to create or delete pods failed. */
  readonly failure: { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string } | undefined;
  readonly now: Date;
}

/** What the status should say; counts of zero are left out, as upstream's are. */
export function replicaStatus(
  { metadata, spec, status }: ReplicaOwner,
  { pods, terminating, failure, now }: StatusFacts,
): ReplicaSetStatus {
  const templateLabels = Object.entries(spec.template?.metadata?.labels ?? {});
  const fullyLabeled = pods.filter(pod => templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value)).length;
  const ready = pods.filter(isReady).length;
  const available = pods.filter(pod => availableInMs(pod, spec.minReadySeconds ?? 0, now) === 0).length;
  const conditions = withFailure(status.conditions ?? [], failure, now);
  return {
    replicas: pods.length,
    ...(fullyLabeled > 0 && { fullyLabeledReplicas: fullyLabeled }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    ...(terminating !== undefined && { terminatingReplicas: terminating }),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    ...(conditions.length > 0 && { conditions }),
  };
}

function withFailure(conditions: readonly ReplicaSetCondition[], failure: StatusFacts['failure'], now: Date): ReplicaSetCondition[] {
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure) return others;
  const known = conditions.find(({ type, reason }) => type === 'ReplicaFailure' && reason === failure.reason);
  return [
    ...others,
    known ?? {
      type: 'ReplicaFailure',
      status: 'True',
      reason: failure.reason,
      message: failure.message,
      lastTransitionTime: timeText(now),
    },
  ];
}
