import type { Deployment, ReplicaSet } from '@steersman/types';
import { active, fenceposts, isRolling, maxSurge, maxUnavailable, oldestFirst, sumOf, wanted } from './replica-counts.ts';
import { annotatedReplicas, MAX_REPLICAS } from './revisions.ts';

/** The replicas a ReplicaSet should be set to. */
export interface Resize {
  readonly replicaSet: ReplicaSet;
  readonly replicas: number;
}

const available = ({ status }: ReplicaSet): number => status.availableReplicas ?? 0;

/** How large the new ReplicaSet may be now: as far as maxSurge lets it with the old ones still there. */
export function newReplicaSetSize(deployment: Deployment, all: readonly ReplicaSet[], present: number): number {
  if (!isRolling(deployment)) return wanted(deployment);
  const room = wanted(deployment) + fenceposts(deployment).maxSurge - sumOf(all, wanted);
  return room <= 0 ? present : present + Math.min(room, wanted(deployment) - present);
}

/** The next step of a rolling update; empty when nothing may or needs to move now. */
export function rollingStep(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): readonly Resize[] {
  const up = resizeNew(deployment, newSet, oldSets);
  return up === wanted(newSet) ? shrinkOld(deployment, newSet, active(oldSets)) : [{ replicaSet: newSet, replicas: up }];
}

function resizeNew(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): number {
  if (wanted(newSet) >= wanted(deployment)) return wanted(deployment);
  return newReplicaSetSize(deployment, [...oldSets, newSet], wanted(newSet));
}

/** Pods that are not available go first: losing them costs nothing. Then as many others as maxUnavailable allows. */
function shrinkOld(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): readonly Resize[] {
  const minAvailable = wanted(deployment) - maxUnavailable(deployment);
  const newUnavailable = wanted(newSet) - available(newSet);
  const mayGo = sumOf([...oldSets, newSet], wanted) - minAvailable - newUnavailable;
  if (oldSets.length === 0 || mayGo <= 0) return [];

  const sizes = new Map(oldSets.map(replicaSet => [replicaSet, wanted(replicaSet)]));
  const byAge = [...oldSets].sort(oldestFirst);
  shrink(byAge, sizes, { count: mayGo, most: replicaSet => wanted(replicaSet) - available(replicaSet) });
  const spare = sumOf([...oldSets, newSet], available) - minAvailable;
  shrink(byAge, sizes, { count: spare, most: replicaSet => sizes.get(replicaSet) ?? 0 });
  return byAge.flatMap(replicaSet => {
    const replicas = sizes.get(replicaSet) ?? 0;
    return replicas === wanted(replicaSet) ? [] : [{ replicaSet, replicas }];
  });
}

function shrink(
  order: readonly ReplicaSet[],
  sizes: Map<ReplicaSet, number>,
  { count, most }: { readonly count: number; readonly most: (replicaSet: ReplicaSet) => number },
): void {
  let left = count;
  for (const replicaSet of order) {
    if (left <= 0) return;
    const by = Math.max(0, Math.min(left, most(replicaSet)));
    sizes.set(replicaSet, (sizes.get(replicaSet) ?? 0) - by);
    left -= by;
  }
}

/**
 * What a change of spec.replicas alone does. One ReplicaSet takes it all; with a complete rollout the old ones go to 0; in the
 * middle of a rollout the sets share the change in proportion to their sizes, the largest taking what rounding leaves.
 */
export function scaleStep(deployment: Deployment, newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): readonly Resize[] {
  const only = activeOrLatest(newSet, oldSets);
  if (only) return [{ replicaSet: only, replicas: wanted(deployment) }];
  if (isSaturated(deployment, newSet)) return active(oldSets).map(replicaSet => ({ replicaSet, replicas: 0 }));
  return isRolling(deployment) ? proportionalStep(deployment, active([...oldSets, ...(newSet ? [newSet] : [])])) : [];
}

function activeOrLatest(newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const running = active([...oldSets, ...(newSet ? [newSet] : [])]);
  if (running.length > 1) return undefined;
  return running[0] ?? newSet ?? [...oldSets].sort(oldestFirst).at(-1);
}

/** The rollout that led to the new set is complete. */
function isSaturated(deployment: Deployment, newSet: ReplicaSet | undefined): boolean {
  if (!newSet) return false;
  const size = wanted(deployment);
  return (
    wanted(newSet) === size &&
    Number(newSet.metadata.annotations?.['deployment.kubernetes.io/desired-replicas']) === size &&
    available(newSet) === size
  );
}

function proportionalStep(deployment: Deployment, sets: readonly ReplicaSet[]): readonly Resize[] {
  const allowed = wanted(deployment) > 0 ? wanted(deployment) + maxSurge(deployment) : 0;
  const toAdd = allowed - sumOf(sets, wanted);
  const order = [...sets].sort((a, b) => wanted(b) - wanted(a) || (toAdd > 0 ? oldestFirst(b, a) : oldestFirst(a, b)));
  let added = 0;
  const sized = order.map(replicaSet => {
    const share = toAdd === 0 ? 0 : shareOf(deployment, replicaSet, toAdd - added);
    added += share;
    return { replicaSet, replicas: wanted(replicaSet) + share };
  });
  return sized.map(({ replicaSet, replicas }, at) => ({
    replicaSet,
    replicas: at === 0 ? Math.max(0, replicas + toAdd - added) : replicas,
  }));
}

/** `left` bounds it, in its direction. */
function shareOf(deployment: Deployment, replicaSet: ReplicaSet, left: number): number {
  const size = wanted(replicaSet);
  if (size === 0 || left === 0) return 0;
  const exact =
    wanted(deployment) === 0
      ? 0
      : (size * (wanted(deployment) + maxSurge(deployment))) /
        (annotatedReplicas(replicaSet, MAX_REPLICAS) ?? deployment.status.replicas ?? size);
  const share = Math.round(exact) - size;
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
}
