import type { Job, JobStatus, Pod } from '@steersman/types';
import { hasEnded, isActive, isReady, isTerminating } from '../pods.ts';
import { formatIndexes, parseIndexes } from './index-list.ts';
import { indexFailuresOf, indexOf, isIndexed, isTracked } from './job-pods.ts';
import { judgeFailure } from './pod-failure-policy.ts';

/** What has become of a Job's pods, those counted before and those that are gone included. */
export interface Tally {
  /** Counters with the pods counted that have lost their finalizer, and the others noted as not counted yet. */
  readonly status: JobStatus;
  /** Pods whose end is noted in `status`: once that is stored, they lose their finalizer. */
  readonly noted: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  /** Of an Indexed Job. */
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  readonly failedPods: readonly Pod[];
}

/** A deleted pod may never reach the phase Failed; with the policy Failed only one that never started is taken for it. */
export function isFailed({ spec }: Job, pod: Pod): boolean {
  if (pod.status.phase === 'Failed') return true;
  if (pod.metadata.deletionTimestamp === undefined || pod.status.phase === 'Succeeded') return false;
  return spec.podReplacementPolicy !== 'Failed' || pod.status.phase === 'Pending';
}

export interface TallyOptions {
  /** No pod counts as active any more: those that are left fail with the Job. */
  readonly isFailing: boolean;
}

/**
 * The bookkeeping that loses no pod: an ended pod keeps its finalizer until its uid stands in the stored status, and its uid
 * stands there until the finalizer is gone. Whichever write was the last before a crash, the next look goes on from it.
 */
export function tallyOf(job: Job, pods: readonly Pod[], { isFailing }: TallyOptions): Tally {
  const { status, spec } = job;
  const tracked = new Map(pods.filter(isTracked).map(pod => [pod.metadata.uid, pod]));
  const known = status.uncountedTerminatedPods ?? {};
  const stillHeld = (uids: readonly string[] = []): string[] => uids.filter(uid => tracked.has(uid));
  const released = (uids: readonly string[] = []): number => uids.length - stillHeld(uids).length;
  const noted = [...tracked.values()].filter(pod => mayGo(job, pod, isFailing));
  const succeededPods = noted.filter(pod => pod.status.phase === 'Succeeded' && !known.failed?.includes(pod.metadata.uid));
  const failedPods = noted.filter(pod => !succeededPods.includes(pod));
  const counting = failedPods.filter(pod => judgeFailure(job, pod).action !== 'Ignore');

  const limit = isIndexed(job) ? (spec.completions ?? 0) : 0;
  const completed = parseIndexes(status.completedIndexes, limit);
  for (const pod of isIndexed(job) ? succeededPods : []) addIndex(completed, pod, limit);
  const failedIndexes = failedIndexesOf(job, failedPods, { limit, completed });

  const uncounted = {
    succeeded: isIndexed(job) ? [] : union(stillHeld(known.succeeded), succeededPods),
    failed: union(stillHeld(known.failed), counting),
  };
  const counted = {
    succeeded: isIndexed(job) ? completed.size : (status.succeeded ?? 0) + released(known.succeeded),
    failed: (status.failed ?? 0) + released(known.failed),
  };
  return {
    status: statusOf(job, { counted, uncounted, completed, failedIndexes }),
    noted,
    succeeded: counted.succeeded + uncounted.succeeded.length,
    failed: counted.failed + uncounted.failed.length,
    completed,
    failedIndexes,
    active: pods.filter(isActive),
    terminating: pods.filter(isTerminating),
    failedPods: pods.filter(pod => isFailed(job, pod)),
  };
}

const mayGo = (job: Job, pod: Pod, isFailing: boolean): boolean =>
  hasEnded(pod) || isFailed(job, pod) || ((isFailing || job.metadata.deletionTimestamp !== undefined) && isTerminating(pod));

function addIndex(into: Set<number>, pod: Pod, limit: number): void {
  const index = indexOf(pod);
  if (index !== undefined && index < limit) into.add(index);
}

function failedIndexesOf(
  job: Job,
  failedPods: readonly Pod[],
  { limit, completed }: { readonly limit: number; readonly completed: ReadonlySet<number> },
): ReadonlySet<number> {
  const perIndex = job.spec.backoffLimitPerIndex;
  const failed = parseIndexes(job.status.failedIndexes, limit);
  if (perIndex === undefined) return failed;
  for (const pod of failedPods) {
    const { action } = judgeFailure(job, pod);
    if (action === 'FailIndex' || (action === 'Count' && indexFailuresOf(pod) >= perIndex)) addIndex(failed, pod, limit);
  }
  return failed.difference(completed);
}

const union = (uids: readonly string[], pods: readonly Pod[]): string[] => [
  ...new Set([...uids, ...pods.map(({ metadata }) => metadata.uid)]),
];

interface Counts {
  readonly counted: { readonly succeeded: number; readonly failed: number };
  readonly uncounted: { readonly succeeded: string[]; readonly failed: string[] };
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
}

function statusOf({ status, spec }: Job, { counted, uncounted, completed, failedIndexes }: Counts): JobStatus {
  const { succeeded: _, failed: __, completedIndexes: ___, failedIndexes: ____, ...rest } = status;
  return {
    ...rest,
    ...(counted.succeeded > 0 && { succeeded: counted.succeeded }),
    ...(counted.failed > 0 && { failed: counted.failed }),
    ...(completed.size > 0 && { completedIndexes: formatIndexes(completed) }),
    ...(spec.backoffLimitPerIndex !== undefined && { failedIndexes: formatIndexes(failedIndexes) }),
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length > 0 && { succeeded: uncounted.succeeded }),
      ...(uncounted.failed.length > 0 && { failed: uncounted.failed }),
    },
  };
}

/** Counts of the pods there are. */
export function withPodCounts(status: JobStatus, { active, terminating }: Pick<Tally, 'active' | 'terminating'>): JobStatus {
  const { active: _, ...rest } = status;
  return {
    ...rest,
    ...(active.length > 0 && { active: active.length }),
    ready: active.filter(isReady).length,
    terminating: terminating.length,
  };
}
