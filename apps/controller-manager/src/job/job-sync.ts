import type { Expectations, Outcome as TurnOutcome } from '@steersman/controller';
import { labelSelectorFrom } from '@steersman/labels';
import { isReason } from '@steersman/status';
import { type Job, jobKind, type JobStatus, jsonEquals, keyOf, type Pod, podKind } from '@steersman/types';
import { claim } from '../claim.ts';
import { claimable } from '../informers.ts';
import type { PodControl } from '../pod-control/pod-control.ts';
import { isTerminating } from '../pods.ts';
import { timeText } from '../times.ts';
import { freePod } from './free-pod.ts';
import type { JobDeps } from './job.controller.ts';
import { ANNOUNCED, conditionOf, deadlineInMs, isFinished, type Outcome, outcomeOf, withCondition } from './job-outcome.ts';
import { indexedPod, plainPods } from './job-pods.ts';
import { jobStep } from './job-step.ts';
import { type Tally, tallyOf, withPodCounts } from './job-tally.ts';

/** Pods created or deleted in one turn. */
const BURST = 500;

interface Parts extends JobDeps {
  readonly expectations: Expectations;
  readonly control: PodControl;
}

/** One turn for one Job. */
export class JobSync {
  readonly #parts: Parts;
  readonly #job: Job;
  readonly #signal: AbortSignal;

  constructor(parts: Parts, job: Job, signal: AbortSignal) {
    this.#parts = parts;
    this.#job = job;
    this.#signal = signal;
  }

  async run(): Promise<TurnOutcome> {
    const job = this.#job;
    const pods = await this.#claimed();
    if (isFinished(job)) return await this.#free(pods);
    const tally = tallyOf(job, pods, { isFailing: conditionOf(job, ANNOUNCED.Failed) !== undefined });
    if (job.metadata.deletionTimestamp) return await this.#free(tally.noted);
    const outcome = outcomeOf(job, tally, this.#now());
    await this.#writeStatus(tally, outcome);
    await this.#free(tally.noted);
    if (outcome?.type === 'Failed') return this.#raise(await this.#delete(tally.active));
    if (outcome || job.spec.suspend) return this.#raise(await this.#withdraw(tally.active));
    return await this.#move(tally, pods);
  }

  async #claimed(): Promise<readonly Pod[]> {
    const { client, pods } = this.#parts;
    return await claim({
      owner: this.#job,
      ownerKind: jobKind,
      owners: client.of(jobKind),
      selector: labelSelectorFrom(this.#job.spec.selector ?? {}),
      candidates: claimable(pods, this.#job),
      dependents: client.of(podKind),
      signal: this.#signal,
    });
  }

  async #free(pods: readonly Pod[]): Promise<undefined> {
    await Promise.all(pods.map(pod => freePod(this.#parts.client, pod, this.#signal)));
  }

  /** One step towards the wanted number of pods at work. */
  async #move(tally: Tally, pods: readonly Pod[]): Promise<TurnOutcome> {
    const job = this.#job;
    const deadlineMs = deadlineInMs(job, this.#now());
    const again = (...waits: readonly number[]): TurnOutcome => {
      const open = [...waits, deadlineMs ?? 0].filter(ms => ms > 0);
      return open.length === 0 ? undefined : { againInMs: Math.min(...open) };
    };
    if (!this.#parts.expectations.satisfied(keyOf(job))) return again();
    const step = jobStep(job, { tally, pods, now: this.#now() });
    this.#raise(await this.#withdraw(step.delete.slice(0, BURST)));
    const created = [
      ...plainPods(job, Math.min(step.createPlain, BURST)),
      ...step.createIndexed.slice(0, BURST).map(plan => indexedPod(job, plan)),
    ];
    this.#raise(await this.#parts.control.create(job, created, this.#signal));
    return again(step.waitMs);
  }

  /** Pods nobody needs any more: they do not count as failed. */
  async #withdraw(pods: readonly Pod[]): Promise<Error | undefined> {
    await this.#free(pods);
    return await this.#delete(pods);
  }

  async #delete(pods: readonly Pod[]): Promise<Error | undefined> {
    return await this.#parts.control.delete(this.#job, pods.filter(pod => !isTerminating(pod)).slice(0, BURST), this.#signal);
  }

  #raise(error: Error | undefined): undefined {
    if (error) throw error;
  }

  async #writeStatus(tally: Tally, outcome: Outcome | undefined): Promise<void> {
    const job = this.#job;
    const going = this.#withStart(withPodCounts(tally.status, tally));
    const status = outcome ? this.#withOutcome(going, outcome, tally) : going;
    if (jsonEquals(status, job.status)) return;
    try {
      await this.#parts.client.of(jobKind).updateStatus({ ...job, status }, { signal: this.#signal });
    } catch (err) {
      if (isReason(err, 'NotFound')) return; // deleted meanwhile
      throw err;
    }
    this.#tell(status, outcome);
  }

  /** Since when it is at work, which a suspended Job is not. */
  #withStart(status: JobStatus): JobStatus {
    const { startTime, conditions = [], ...rest } = status;
    const now = this.#now();
    if (this.#job.spec.suspend) {
      const suspended = { type: 'Suspended', reason: 'JobSuspended', message: 'Job suspended' };
      return { ...rest, conditions: withCondition(conditions, suspended, now) };
    }
    const wasSuspended = conditions.some(({ type, status: value }) => type === 'Suspended' && value === 'True');
    const resumed = { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' };
    const current = wasSuspended ? withCondition(conditions, resumed, now) : conditions;
    return { ...rest, ...(current.length > 0 && { conditions: current }), startTime: (!wasSuspended && startTime) || timeText(now) };
  }

  /** The end is announced at once, and stated when no pod is left and all are counted. */
  #withOutcome(status: JobStatus, { type, reason, message }: Outcome, tally: Tally): JobStatus {
    const now = this.#now();
    const announced = withCondition(status.conditions, { type: ANNOUNCED[type], reason, message }, now);
    const uncounted = status.uncountedTerminatedPods ?? {};
    const isOpen =
      tally.active.length +
        tally.terminating.length +
        tally.noted.length +
        (uncounted.succeeded?.length ?? 0) +
        (uncounted.failed?.length ?? 0) >
      0;
    if (isOpen) return { ...status, conditions: announced };
    return {
      ...status,
      conditions: withCondition(announced, { type, reason, message }, now),
      ...(type === 'Complete' && { completionTime: timeText(now) }),
    };
  }

  #tell(status: JobStatus, outcome: Outcome | undefined): void {
    const { recorder } = this.#parts;
    const about = this.#job;
    const turned = (type: string): boolean => {
      const [before, after] = [about.status, status].map(({ conditions }) => conditions?.find(found => found.type === type)?.status);
      return before !== after && after !== undefined;
    };
    if (outcome && turned(outcome.type)) {
      if (outcome.type === 'Complete') recorder.record({ about, type: 'Normal', reason: 'Completed', message: 'Job completed' });
      else recorder.record({ about, type: 'Warning', reason: outcome.reason, message: outcome.message });
    }
    if (!turned('Suspended')) return;
    const isSuspended = about.spec.suspend === true;
    recorder.record({
      about,
      type: 'Normal',
      reason: isSuspended ? 'Suspended' : 'Resumed',
      message: isSuspended ? 'Job suspended' : 'Job resumed',
    });
  }

  #now(): Date {
    return this.#parts.clock.wall();
  }
}
