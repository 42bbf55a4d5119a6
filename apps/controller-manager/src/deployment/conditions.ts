import type { DeploymentCondition } from '@steersman/types';
import { timeText } from '../times.ts';

type Conditions = readonly DeploymentCondition[];
export type ConditionType = 'Available' | 'Progressing' | 'ReplicaFailure';

export interface NewCondition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export const conditionOf = (conditions: Conditions | undefined, type: ConditionType): DeploymentCondition | undefined =>
  conditions?.find(condition => condition.type === type);

export const without = (conditions: Conditions, type: ConditionType): DeploymentCondition[] =>
  conditions.filter(condition => condition.type !== type);

/** Keeps a condition that says the same already; lastTransitionTime moves with the status only. */
export function withCondition(conditions: Conditions, next: NewCondition, now: Date): DeploymentCondition[] {
  const current = conditionOf(conditions, next.type);
  if (current?.status === next.status && current.reason === next.reason) return [...conditions];
  return [...without(conditions, next.type), made(next, current, now)];
}

/** Also when status and reason are the same: lastUpdateTime then says when there was progress last. */
export function withFreshCondition(conditions: Conditions, next: NewCondition, now: Date): DeploymentCondition[] {
  return [...without(conditions, next.type), made(next, conditionOf(conditions, next.type), now)];
}

function made({ type, status, reason, message }: NewCondition, current: DeploymentCondition | undefined, now: Date): DeploymentCondition {
  const lastTransitionTime = current?.status === status && current.lastTransitionTime ? current.lastTransitionTime : timeText(now);
  return { type, status, reason, message, lastUpdateTime: timeText(now), lastTransitionTime };
}
