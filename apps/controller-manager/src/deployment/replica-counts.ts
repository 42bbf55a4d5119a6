import type { Deployment, ReplicaSet } from '@steersman/types';
import { scaled } from '../amounts.ts';

/** What an absent progressDeadlineSeconds or revisionHistoryLimit and this value mean alike: none. */
const NO_LIMIT = 2_147_483_647;

export const wanted = ({ spec }: { readonly spec: { readonly replicas?: number } }): number => spec.replicas ?? 1;

export const sumOf = (replicaSets: readonly ReplicaSet[], read: (replicaSet: ReplicaSet) => number): number =>
  replicaSets.reduce((sum, replicaSet) => sum + read(replicaSet), 0);

export const active = (replicaSets: readonly ReplicaSet[]): ReplicaSet[] => replicaSets.filter(replicaSet => wanted(replicaSet) > 0);

export const oldestFirst = (a: ReplicaSet, b: ReplicaSet): number =>
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) || (a.metadata.name < b.metadata.name ? -1 : 1);

export const isRolling = ({ spec }: Deployment): boolean => spec.strategy?.type !== 'Recreate';

/** How many pods above and below the wanted number a rolling update may go; one of them is always above 0, so that it moves. */
export function fenceposts(deployment: Deployment): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const replicas = wanted(deployment);
  const { maxSurge: surge = '25%', maxUnavailable: unavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const maxSurge = scaled(surge, replicas, Math.ceil);
  const maxUnavailable = scaled(unavailable, replicas, Math.floor);
  return maxSurge === 0 && maxUnavailable === 0 ? { maxSurge, maxUnavailable: 1 } : { maxSurge, maxUnavailable };
}

export const maxSurge = (deployment: Deployment): number => (isRolling(deployment) ? fenceposts(deployment).maxSurge : 0);

export function maxUnavailable(deployment: Deployment): number {
  if (!isRolling(deployment) || wanted(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).maxUnavailable, wanted(deployment));
}

/** Undefined when a rollout may take for ever. */
export const progressDeadlineMs = ({ spec: { progressDeadlineSeconds: seconds } }: Deployment): number | undefined =>
  seconds === undefined || seconds === NO_LIMIT ? undefined : seconds * 1000;

/** Undefined when all old ReplicaSets are kept. */
export const historyLimit = ({ spec: { revisionHistoryLimit: limit } }: Deployment): number | undefined =>
  limit === undefined || limit === NO_LIMIT ? undefined : limit;
