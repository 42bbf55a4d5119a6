import type { Pod, PodCondition, PodStatus } from '@steersman/types';
import { timeText } from '../times.ts';

/** The pod's status with the condition that tells its owner who ended it, and why. */
export function withDisruption(
  { status }: Pod,
  { reason, message, now }: { readonly reason: string; readonly message: string; readonly now: Date },
): PodStatus {
  const condition: PodCondition = { type: 'DisruptionTarget', status: 'True', reason, message, lastTransitionTime: timeText(now) };
  return { ...status, conditions: [...(status.conditions ?? []).filter(({ type }) => type !== condition.type), condition] };
}
