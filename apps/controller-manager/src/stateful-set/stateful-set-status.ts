import type { Pod, StatefulSet, StatefulSetStatus } from '@steersman/types';
import { isReady } from '../pods.ts';
import { revisionOf } from './stateful-pod.ts';

export interface StatusFacts {
  readonly pods: readonly Pod[];
  /** Names of the revision the pods come from, and of that they are brought to. */
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly isAvailable: (pod: Pod) => boolean;
}

/** Counts of zero are left out where upstream's are. */
export function statefulSetStatus({ metadata, spec, status }: StatefulSet, facts: StatusFacts): StatefulSetStatus {
  const { pods, currentRevision, updateRevision, isAvailable } = facts;
  const standing = pods.filter(pod => pod.metadata.deletionTimestamp === undefined);
  const ready = standing.filter(isReady).length;
  const updated = standing.filter(pod => revisionOf(pod) === updateRevision).length;
  const current = standing.filter(pod => revisionOf(pod) === currentRevision).length;
  const isComplete = spec.updateStrategy?.type === 'RollingUpdate' && updated === pods.length && ready === pods.length;
  const counts = { readyReplicas: ready, currentReplicas: isComplete ? updated : current, updatedReplicas: updated };
  return {
    ...(status.conditions && { conditions: status.conditions }),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    replicas: pods.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    availableReplicas: standing.filter(isAvailable).length,
    currentRevision: isComplete ? updateRevision : currentRevision,
    updateRevision,
    collisionCount: status.collisionCount ?? 0,
  };
}
