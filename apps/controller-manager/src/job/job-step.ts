import type { Job, Pod } from '@steersman/types';
import { podsToDelete } from '../replicas/pod-ranking.ts';
import { replaceInMs } from './job-backoff.ts';
import { indexFailuresOf, indexOf, type IndexedPlan, isIndexed } from './job-pods.ts';
import type { Tally } from './job-tally.ts';

export interface JobStep {
  /** Pods to make for work that any of them may do. */
  readonly createPlain: number;
  readonly createIndexed: readonly IndexedPlan[];
  readonly delete: readonly Pod[];
  /** When pods that have failed may be replaced; 0 when nothing waits for that. */
  readonly waitMs: number;
}

export interface StepFacts {
  readonly tally: Tally;
  readonly pods: readonly Pod[];
  readonly now: Date;
}

/** What a Job that goes on needs now. */
export const jobStep = (job: Job, facts: StepFacts): JobStep => (isIndexed(job) ? indexedStep(job, facts) : plainStep(job, facts));

/** With the policy Failed a pod on its way out still takes its place. */
const heldBack = ({ spec }: Job, { terminating }: Tally): readonly Pod[] => (spec.podReplacementPolicy === 'Failed' ? terminating : []);

function plainStep(job: Job, { tally, pods, now }: StepFacts): JobStep {
  const { completions, parallelism = 1 } = job.spec;
  const { active, succeeded } = tally;
  // Without a number of completions the first success is the last pod made.
  const open = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : completions - succeeded;
  const wanted = Math.max(0, Math.min(parallelism, open));
  const surplus = podsToDelete(active, Math.max(0, active.length - wanted), { related: [], now });
  const missing = Math.max(0, wanted - active.length - heldBack(job, tally).length);
  const waitMs = missing === 0 ? 0 : replaceInMs({ failed: tally.failedPods, all: pods }, now);
  return { createPlain: waitMs > 0 ? 0 : missing, createIndexed: [], delete: surplus, waitMs };
}

function indexedStep(job: Job, facts: StepFacts): JobStep {
  const { tally } = facts;
  const { completions = 0, parallelism = 1 } = job.spec;
  const done = tally.completed.union(tally.failedIndexes);
  const taken = new Set<number>();
  const surplus: Pod[] = [];
  for (const pod of tally.active) {
    const index = indexOf(pod);
    if (index === undefined || index >= completions || done.has(index) || taken.has(index) || taken.size >= parallelism) surplus.push(pod);
    else taken.add(index);
  }
  const held = heldBack(job, tally);
  for (const pod of held) taken.add(indexOf(pod) ?? -1);
  let room = parallelism - taken.size;
  const plans: IndexedPlan[] = [];
  let waitMs = 0;
  for (let index = 0; index < completions && room > 0; index++) {
    if (done.has(index) || taken.has(index)) continue;
    room--;
    const plan = planIndex(job, index, facts);
    if (plan.waitMs > 0) waitMs = waitMs === 0 ? plan.waitMs : Math.min(waitMs, plan.waitMs);
    else plans.push(plan);
  }
  return { createPlain: 0, createIndexed: plans, delete: surplus, waitMs };
}

/** Indexes back off each for itself when each has its own limit, else all together. */
function planIndex({ spec }: Job, index: number, { tally, pods, now }: StepFacts): IndexedPlan & { readonly waitMs: number } {
  const isOwn = (pod: Pod): boolean => indexOf(pod) === index;
  const ownFailures = tally.failedPods.filter(isOwn);
  const apart = spec.backoffLimitPerIndex !== undefined;
  return {
    index,
    failures: Math.max(0, ...ownFailures.map(pod => indexFailuresOf(pod) + 1)),
    waitMs: replaceInMs({ failed: apart ? ownFailures : tally.failedPods, all: apart ? pods.filter(isOwn) : pods }, now),
  };
}
