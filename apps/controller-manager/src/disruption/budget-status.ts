import type { Condition, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '@steersman/types';
import { scaled } from '../amounts.ts';
import { isReady } from '../pods.ts';
import { timeText } from '../times.ts';

/** An eviction that was allowed and not carried out in this time is taken for one that will not be. */
const UNCONFIRMED_MS = 120_000;

export interface BudgetFacts {
  /** Pods the budget selects. */
  readonly pods: readonly Pod[];
  /** How many pods their owners want altogether; pods without an owner have nobody to say so. */
  readonly wanted: number;
  readonly now: Date;
}

export function budgetStatus(budget: PodDisruptionBudget, facts: BudgetFacts): PodDisruptionBudgetStatus {
  const { pods, now } = facts;
  const disrupted = unconfirmed(budget, facts);
  const currentHealthy = pods.filter(pod => isReady(pod) && !pod.metadata.deletionTimestamp && !(pod.metadata.name in disrupted)).length;
  const { expectedPods, desiredHealthy } = needs(budget, facts);
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  return {
    conditions: withAllowed(budget, {
      status: disruptionsAllowed > 0 ? 'True' : 'False',
      reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      now,
    }),
    currentHealthy,
    desiredHealthy,
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    disruptionsAllowed,
    expectedPods,
    ...(budget.metadata.generation !== undefined && { observedGeneration: budget.metadata.generation }),
  };
}

/** When nobody knows how many pods there should be, none may go. */
export const failedStatus = (
  budget: PodDisruptionBudget,
  { message, now }: { readonly message: string; readonly now: Date },
): PodDisruptionBudgetStatus => ({
  ...budget.status,
  conditions: withAllowed(budget, { status: 'False', reason: 'SyncFailed', message, now }),
  disruptionsAllowed: 0,
  ...(budget.metadata.generation !== undefined && { observedGeneration: budget.metadata.generation }),
});

function needs(
  { spec }: PodDisruptionBudget,
  { pods, wanted }: BudgetFacts,
): { readonly expectedPods: number; readonly desiredHealthy: number } {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined)
    return { expectedPods: wanted, desiredHealthy: Math.max(0, wanted - scaled(maxUnavailable, wanted, Math.ceil)) };
  if (typeof minAvailable === 'number') return { expectedPods: pods.length, desiredHealthy: minAvailable };
  return minAvailable === undefined
    ? { expectedPods: pods.length, desiredHealthy: 0 }
    : { expectedPods: wanted, desiredHealthy: scaled(minAvailable, wanted, Math.ceil) };
}

/** Whether the budget needs to know what owners want. */
export const countsWanted = ({ spec }: PodDisruptionBudget): boolean =>
  spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string';

/** Evictions that were allowed and cannot be seen yet. */
function unconfirmed({ status }: PodDisruptionBudget, { pods, now }: BudgetFacts): Record<string, string> {
  const standing = new Set(pods.flatMap(({ metadata }) => (metadata.deletionTimestamp ? [] : [metadata.name])));
  return Object.fromEntries(
    Object.entries(status.disruptedPods ?? {}).filter(
      ([name, at]) => standing.has(name) && now.getTime() - Date.parse(at) < UNCONFIRMED_MS,
    ),
  );
}

/** When the next unconfirmed eviction is given up. */
export function recheckInMs({ disruptedPods = {} }: PodDisruptionBudgetStatus, now: Date): number | undefined {
  const times = Object.values(disruptedPods).map(at => Date.parse(at) + UNCONFIRMED_MS - now.getTime());
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times));
}

function withAllowed(
  { metadata, status }: PodDisruptionBudget,
  { now, ...next }: Pick<Condition, 'status' | 'reason' | 'message'> & { readonly now: Date },
): Condition[] {
  const type = 'DisruptionAllowed';
  const known = status.conditions?.find(condition => condition.type === type);
  const lastTransitionTime = known?.status === next.status ? known.lastTransitionTime : timeText(now);
  const condition: Condition = {
    type,
    ...next,
    lastTransitionTime,
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
  };
  return [...(status.conditions ?? []).filter(other => other.type !== type), condition];
}
