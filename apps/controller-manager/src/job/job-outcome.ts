import type { Job, JobCondition, Pod } from '@steersman/types';
import { timeText } from '../times.ts';
import { parseIndexes } from './index-list.ts';
import { isIndexed } from './job-pods.ts';
import type { Tally } from './job-tally.ts';
import { judgeFailure } from './pod-failure-policy.ts';

export interface Outcome {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** Upstream announces an end first, and says that it is one when the last pod has gone. */
export const ANNOUNCED = { Complete: 'SuccessCriteriaMet', Failed: 'FailureTarget' } as const;

export const conditionOf = ({ status }: Pick<Job, 'status'>, type: string): JobCondition | undefined =>
  status.conditions?.find(condition => condition.type === type && condition.status === 'True');

export const isFinished = (job: Job): boolean => conditionOf(job, 'Complete') !== undefined || conditionOf(job, 'Failed') !== undefined;

/** How the Job has ended, or is about to; undefined while it goes on. An end once announced stands. */
export function outcomeOf(job: Job, tally: Tally, now: Date): Outcome | undefined {
  return announced(job) ?? success(job, tally) ?? failure(job, tally, now) ?? completion(job, tally);
}

function announced(job: Job): Outcome | undefined {
  for (const type of ['Failed', 'Complete'] as const) {
    const { reason, message } = conditionOf(job, ANNOUNCED[type]) ?? {};
    if (reason !== undefined) return { type, reason, message: message ?? '' };
  }
  return undefined;
}

/** Enough of the indexes that matter have succeeded. */
function success({ spec }: Job, { completed }: Tally): Outcome | undefined {
  const at = (spec.successPolicy?.rules ?? []).findIndex(({ succeededCount, succeededIndexes }) => {
    const meant = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, spec.completions ?? 0);
    const reached = meant ? meant.intersection(completed).size : completed.size;
    return reached >= (succeededCount ?? meant?.size ?? Infinity);
  });
  return at < 0 ? undefined : { type: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${at}` };
}

function failure(job: Job, tally: Tally, now: Date): Outcome | undefined {
  const failed = (reason: string, message: string): Outcome => ({ type: 'Failed', reason, message });
  const { backoffLimit = 6, maxFailedIndexes, backoffLimitPerIndex } = job.spec;
  const fatal = tally.failedPods.map(pod => judgeFailure(job, pod)).find(({ action }) => action === 'FailJob');
  if (fatal) return failed('PodFailurePolicy', fatal.message);
  if (tally.failed > backoffLimit || isPastRestarts(job, tally.active))
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const leftMs = deadlineInMs(job, now);
  if (leftMs !== undefined && leftMs <= 0) return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (maxFailedIndexes !== undefined && tally.failedIndexes.size > maxFailedIndexes)
    return failed('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  const isDecided = tally.completed.size + tally.failedIndexes.size >= (job.spec.completions ?? Infinity);
  return backoffLimitPerIndex !== undefined && tally.failedIndexes.size > 0 && isDecided
    ? failed('FailedIndexes', 'Job has failed indexes')
    : undefined;
}

/** Containers that are started again within their pod count as tries of the Job. */
function isPastRestarts({ spec }: Job, active: readonly Pod[]): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = active
    .flatMap(({ status }) => [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return restarts > 0 && restarts >= (spec.backoffLimit ?? 6);
}

function completion(job: Job, { succeeded, active }: Tally): Outcome | undefined {
  const { completions } = job.spec;
  const done = completions === undefined && !isIndexed(job) ? succeeded > 0 && active.length === 0 : succeeded >= (completions ?? 1);
  return done ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
}

/** Until the Job has been at work for too long; undefined without a deadline, and while nothing runs. */
export function deadlineInMs({ spec, status }: Job, now: Date): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || spec.suspend || status.startTime === undefined) return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - now.getTime();
}

export function withCondition(
  conditions: readonly JobCondition[] = [],
  {
    type,
    status = 'True',
    reason,
    message,
  }: { readonly type: string; readonly status?: string; readonly reason: string; readonly message: string },
  now: Date,
): JobCondition[] {
  const at = timeText(now);
  const next: JobCondition = { type, status, lastProbeTime: at, lastTransitionTime: at, reason, message };
  const known = conditions.findIndex(condition => condition.type === type);
  if (known < 0) return [...conditions, next];
  return conditions[known]?.status === status ? [...conditions] : conditions.with(known, next);
}
