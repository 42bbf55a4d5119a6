import type { Outcome } from '@steersman/controller';
import type { Pod } from '@steersman/types';

/** It still counts as one of its owner's replicas. */
export const isActive = (pod: Pod): boolean => !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined;

export const isTerminating = (pod: Pod): boolean => !hasEnded(pod) && pod.metadata.deletionTimestamp !== undefined;

export const hasEnded = ({ status: { phase } }: Pick<Pod, 'status'>): boolean => phase === 'Succeeded' || phase === 'Failed';

/** Since when the pod is ready, in milliseconds; undefined while it is not. */
export function readySince({ status }: Pod): number | undefined {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' ? Date.parse(ready.lastTransitionTime ?? '') || 0 : undefined;
}

export const isReady = (pod: Pod): boolean => readySince(pod) !== undefined;

/** Milliseconds until the pod has been ready for `minReadySeconds`: 0 when it is available, undefined while it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, now: Date): number | undefined {
  const since = readySince(pod);
  if (since === undefined) return undefined;
  return minReadySeconds === 0 ? 0 : Math.max(0, since + minReadySeconds * 1000 - now.getTime());
}

/** When the next of the pods that are ready becomes available. */
export function nextAvailability(pods: readonly Pod[], minReadySeconds: number, now: Date): Outcome {
  const waits = pods.flatMap(pod => availableInMs(pod, minReadySeconds, now) || []);
  return waits.length === 0 ? undefined : { againInMs: Math.min(...waits) };
}
