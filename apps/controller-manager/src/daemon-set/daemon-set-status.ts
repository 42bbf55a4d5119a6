import type { DaemonSet, DaemonSetStatus, Pod } from '@steersman/types';
import { REVISION_LABEL } from '../history/revision-history.ts';
import { isReady } from '../pods.ts';
import type { DaemonNode } from './daemon-step.ts';

export interface StatusFacts {
  readonly nodes: readonly DaemonNode[];
  /** Undefined while the revision is not known. */
  readonly hash: string | undefined;
  readonly isAvailable: (pod: Pod) => boolean;
}

/** Counts of zero are left out where upstream's are. */
export function daemonSetStatus({ metadata, status }: DaemonSet, { nodes, hash, isAvailable }: StatusFacts): DaemonSetStatus {
  const meant = nodes.filter(({ shouldRun }) => shouldRun);
  const scheduled = meant.filter(({ pods }) => pods.length > 0);
  const withPod = (matches: (pod: Pod) => boolean): number => scheduled.filter(({ pods }) => pods.some(matches)).length;
  const available = withPod(isAvailable);
  const updated = withPod(pod => pod.metadata.labels?.[REVISION_LABEL] === hash);
  const unavailable = meant.length - available;
  const { collisionCount, conditions } = status;
  return {
    ...(collisionCount !== undefined && { collisionCount }),
    ...(conditions && { conditions }),
    currentNumberScheduled: scheduled.length,
    numberMisscheduled: nodes.filter(({ shouldRun, pods }) => !shouldRun && pods.length > 0).length,
    desiredNumberScheduled: meant.length,
    numberReady: withPod(isReady),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(available > 0 && { numberAvailable: available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
  };
}
