import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@steersman/types';
import { type NewCondition, conditionOf, withCondition, withFreshCondition, without } from './conditions.ts';
import { maxUnavailable, progressDeadlineMs, sumOf, wanted } from './replica-counts.ts';

export const PROGRESS = {
  available: 'NewReplicaSetAvailable',
  created: 'NewReplicaSetCreated',
  found: 'FoundNewReplicaSet',
  updated: 'ReplicaSetUpdated',
  timedOut: 'ProgressDeadlineExceeded',
  createFailed: 'ReplicaSetCreateError',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
} as const;

export interface Sets {
  readonly newSet: ReplicaSet | undefined;
  readonly oldSets: readonly ReplicaSet[];
}

const all = ({ newSet, oldSets }: Sets): readonly ReplicaSet[] => (newSet ? [...oldSets, newSet] : oldSets);

/** Counts and availability; counts of zero are left out, as upstream's are. */
export function countedStatus(deployment: Deployment, sets: Sets, now: Date): DeploymentStatus {
  const everything = all(sets);
  const available = sumOf(everything, ({ status }) => status.availableReplicas ?? 0);
  const counts = {
    replicas: sumOf(everything, ({ status }) => status.replicas),
    updatedReplicas: sets.newSet?.status.replicas ?? 0,
    readyReplicas: sumOf(everything, ({ status }) => status.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sumOf(everything, wanted) - available),
  };
  const { collisionCount, conditions = [] } = deployment.status;
  return {
    ...(deployment.metadata.generation !== undefined && { observedGeneration: deployment.metadata.generation }),
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: sumOf(everything, ({ status }) => status.terminatingReplicas ?? 0),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(conditions, availability(available >= wanted(deployment) - maxUnavailable(deployment)), now),
  };
}

const availability = (enough: boolean): NewCondition =>
  enough
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };

/** All pods are new, available, and no old ones are left. */
export const isComplete = (
  deployment: Deployment,
  { updatedReplicas, replicas, availableReplicas, observedGeneration }: DeploymentStatus,
): boolean =>
  [updatedReplicas, replicas, availableReplicas].every(count => (count ?? 0) === wanted(deployment)) &&
  (observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);

function isProgressing({ status: old }: Deployment, next: DeploymentStatus): boolean {
  const grew = (count: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'): boolean => (next[count] ?? 0) > (old[count] ?? 0);
  const outdated = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas;
  return grew('updatedReplicas') || grew('readyReplicas') || grew('availableReplicas') || outdated(next) < outdated(old);
}

/** The status during a rollout: counts, and how it is getting on. */
export function rolloutStatus(deployment: Deployment, sets: Sets, now: Date): DeploymentStatus {
  const counted = countedStatus(deployment, sets, now);
  const conditions = progress(deployment, sets, { counted, now });
  return { ...counted, conditions: withFailures(conditions, sets) };
}

function progress(
  deployment: Deployment,
  { newSet }: Sets,
  { counted, now }: { readonly counted: DeploymentStatus; readonly now: Date },
): DeploymentCondition[] {
  const conditions = counted.conditions ?? [];
  if (progressDeadlineMs(deployment) === undefined) return without(conditions, 'Progressing');
  const current = conditionOf(deployment.status.conditions, 'Progressing');
  const wasComplete = counted.replicas === counted.updatedReplicas && current?.reason === PROGRESS.available;
  if (wasComplete) return [...conditions];
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, counted)) {
    return withCondition(
      conditions,
      { type: 'Progressing', status: 'True', reason: PROGRESS.available, message: `${subject} has successfully progressed.` },
      now,
    );
  }
  if (isProgressing(deployment, counted)) {
    return withFreshCondition(
      conditions,
      { type: 'Progressing', status: 'True', reason: PROGRESS.updated, message: `${subject} is progressing.` },
      now,
    );
  }
  if (hasTimedOut(deployment, conditions, now)) {
    return withCondition(
      conditions,
      { type: 'Progressing', status: 'False', reason: PROGRESS.timedOut, message: `${subject} has timed out progressing.` },
      now,
    );
  }
  return [...conditions];
}

function hasTimedOut(deployment: Deployment, conditions: readonly DeploymentCondition[], now: Date): boolean {
  const current = conditionOf(conditions, 'Progressing');
  if (!current || current.reason === PROGRESS.available) return false;
  if (current.reason === PROGRESS.timedOut) return true;
  return Date.parse(current.lastUpdateTime ?? '') + (progressDeadlineMs(deployment) ?? Infinity) < now.getTime();
}

/** When the deadline has to be looked at again; undefined when nothing is running against it. */
export function deadlineInMs(deployment: Deployment, status: DeploymentStatus, now: Date): number | undefined {
  const current = conditionOf(status.conditions, 'Progressing');
  const deadlineMs = progressDeadlineMs(deployment);
  if (deadlineMs === undefined || !current || isComplete(deployment, status) || current.reason === PROGRESS.timedOut) return undefined;
  return Math.max(0, Date.parse(current.lastUpdateTime ?? '') + deadlineMs - now.getTime()) + 1_000; // times have whole seconds
}

/** Shows why pods cannot be created, the newest set's reason first. */
function withFailures(conditions: DeploymentCondition[], sets: Sets): DeploymentCondition[] {
  const found = [sets.newSet, ...sets.oldSets].flatMap(
    set => set?.status.conditions?.filter(({ type }) => type === 'ReplicaFailure') ?? [],
  )[0];
  const others = without(conditions, 'ReplicaFailure');
  if (!found) return others;
  const current = conditionOf(conditions, 'ReplicaFailure');
  if (current?.status === found.status && current.reason === found.reason) return conditions;
  const at = found.lastTransitionTime ?? '';
  return [
    ...others,
    {
      type: 'ReplicaFailure',
      status: found.status,
      reason: found.reason ?? '',
      message: found.message ?? '',
      lastUpdateTime: at,
      lastTransitionTime: at,
    },
  ];
}
