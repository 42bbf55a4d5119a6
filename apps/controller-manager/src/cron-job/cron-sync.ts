import type { Outcome } from '@steersman/controller';
import { isReason, toStatusError } from '@steersman/status';
import {
  controllerOf,
  type CronJob,
  cronJobKind,
  type CronJobStatus,
  type CronSchedule,
  groupVersion,
  type Job,
  jobKind,
  jsonEquals,
  type New,
  type ObjectReference,
  parseCron,
} from '@steersman/types';
import { controllerReference } from '../claim.ts';
import { isNamespaceTerminating } from '../errors.ts';
import { BY_OWNER } from '../informers.ts';
import { conditionOf, isFinished } from '../job/job-outcome.ts';
import { timeText } from '../times.ts';
import type { CronJobDeps } from './cron-job.controller.ts';
import { dueTime } from './due-time.ts';

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** Looked at a little late rather than early. */
const SLACK_MS = 100;

/** One turn for one CronJob, after upstream's pkg/controller/cronjob. */
export class CronSync {
  readonly #deps: CronJobDeps;
  readonly #cronJob: CronJob;
  readonly #signal: AbortSignal;
  #status: CronJobStatus;

  constructor(deps: CronJobDeps, cronJob: CronJob, signal: AbortSignal) {
    this.#deps = deps;
    this.#cronJob = cronJob;
    this.#signal = signal;
    this.#status = cronJob.status;
  }

  async run(): Promise<Outcome> {
    const { metadata, spec } = this.#cronJob;
    const children = this.#deps.jobs.by(BY_OWNER, metadata.uid).filter(job => controllerOf(job)?.uid === metadata.uid);
    this.#noteEnds(children);
    this.#noteMissing(children);
    await this.#prune(children);
    const schedule = metadata.deletionTimestamp || spec.suspend ? undefined : this.#schedule();
    if (schedule) await this.#runDue(schedule);
    await this.#writeStatus();
    const now = this.#deps.clock.wall();
    const next = schedule?.next(now);
    return next && { againInMs: next.getTime() - now.getTime() + SLACK_MS };
  }

  /** Which active Jobs have finished, and when the last one succeeded. */
  #noteEnds(children: readonly Job[]): void {
    for (const job of children) {
      const isActive = this.#isActive(job);
      const end = conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed');
      if (!isActive && !end)
        this.#tell('Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${job.metadata.name}`);
      if (isActive && end) {
        this.#forget(job.metadata.uid);
        this.#tell('Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${end.type}`);
      }
      const completed = end?.type === 'Complete' ? job.status.completionTime : undefined;
      if (completed !== undefined && completed > (this.#status.lastSuccessfulTime ?? ''))
        this.#status = { ...this.#status, lastSuccessfulTime: completed };
    }
  }

  #noteMissing(children: readonly Job[]): void {
    for (const { uid, name } of this.#status.active ?? []) {
      if (children.some(({ metadata }) => metadata.uid === uid)) continue;
      this.#tell('Normal', 'MissingJob', `Active job went missing: ${name}`);
      this.#forget(uid);
    }
  }

  #isActive = ({ metadata }: Job): boolean => this.#status.active?.some(({ uid }) => uid === metadata.uid) ?? false;

  #forget(uid: string | undefined): void {
    const active = (this.#status.active ?? []).filter(reference => reference.uid !== uid);
    const { active: _, ...rest } = this.#status;
    this.#status = { ...rest, ...(active.length > 0 && { active }) };
  }

  /** Deletes the oldest finished Jobs beyond the limits. */
  async #prune(children: readonly Job[]): Promise<void> {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = this.#cronJob.spec;
    const ended = (type: string): Job[] => children.filter(job => conditionOf(job, type) && !job.metadata.deletionTimestamp).sort(byStart);
    const surplus = (jobs: readonly Job[], limit: number | undefined): readonly Job[] =>
      limit === undefined ? [] : jobs.slice(0, Math.max(0, jobs.length - limit));
    for (const job of [...surplus(ended('Complete'), successfulJobsHistoryLimit), ...surplus(ended('Failed'), failedJobsHistoryLimit)])
      await this.#delete(job);
  }

  #schedule(): CronSchedule | undefined {
    const { schedule, timeZone } = this.#cronJob.spec;
    try {
      return parseCron(schedule, timeZone);
    } catch (err) {
      this.#tell('Warning', 'UnparseableSchedule', `unparseable schedule: ${JSON.stringify(schedule)} : ${(err as Error).message}`);
      return undefined;
    }
  }

  async #runDue(schedule: CronSchedule): Promise<void> {
    const { spec } = this.#cronJob;
    const now = this.#deps.clock.wall();
    const due = dueTime(schedule, { since: this.#since(now), now });
    if (!due) return;
    if (due.isFarBehind)
      this.#tell(
        'Warning',
        'TooManyMissedTimes',
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      );
    const active = this.#status.active ?? [];
    if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
      this.#tell('Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid');
      return;
    }
    if (spec.concurrencyPolicy === 'Replace') for (const reference of active) await this.#replace(reference);
    await this.#start(due.at);
  }

  /** Times before are done with, or their deadline is over. */
  #since(now: Date): Date {
    const { metadata, spec } = this.#cronJob;
    const seen = Date.parse(this.#status.lastScheduleTime ?? metadata.creationTimestamp);
    const { startingDeadlineSeconds } = spec;
    return new Date(startingDeadlineSeconds === undefined ? seen : Math.max(seen, now.getTime() - startingDeadlineSeconds * 1000));
  }

  async #replace({ uid, namespace, name = '' }: ObjectReference): Promise<void> {
    const job = this.#deps.jobs.get(`${namespace}/${name}`);
    if (job) await this.#delete(job);
    else this.#forget(uid);
  }

  async #delete(job: Job): Promise<void> {
    const { name, uid } = job.metadata;
    try {
      await this.#deps.client
        .of(jobKind)
        .delete(job.metadata, { propagationPolicy: 'Background', preconditions: { uid }, signal: this.#signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) {
        this.#tell('Warning', 'FailedDelete', `Deleted job: ${toStatusError(err).message}`);
        throw err;
      }
    }
    this.#forget(uid);
    this.#tell('Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  }

  /** The name tells the time: a second try finds the Job of the first. */
  async #start(at: Date): Promise<void> {
    const jobs = this.#deps.client.of(jobKind);
    const draft = jobOf(this.#cronJob, at);
    let job: Job;
    try {
      job = await jobs.create(draft, { signal: this.#signal });
      this.#tell('Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
    } catch (err) {
      if (isNamespaceTerminating(err)) return;
      if (!isReason(err, 'AlreadyExists')) {
        this.#tell('Warning', 'FailedCreate', `Error creating job: ${toStatusError(err).message}`);
        throw err;
      }
      job = await jobs.get({ namespace: draft.metadata.namespace, name: draft.metadata.name ?? '' }, { signal: this.#signal });
      if (controllerOf(job)?.uid !== this.#cronJob.metadata.uid) throw err;
    }
    const isKnown = this.#isActive(job) || isFinished(job);
    this.#status = {
      ...this.#status,
      ...(!isKnown && { active: [...(this.#status.active ?? []), referenceTo(job)] }),
      lastScheduleTime: timeText(at),
    };
  }

  async #writeStatus(): Promise<void> {
    if (jsonEquals(this.#status, this.#cronJob.status)) return;
    try {
      await this.#deps.client.of(cronJobKind).updateStatus({ ...this.#cronJob, status: this.#status }, { signal: this.#signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err; // deleted meanwhile
    }
  }

  #tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#deps.recorder.record({ about: this.#cronJob, type, reason, message });
  }
}

const referenceTo = ({ metadata: { namespace, name, uid, resourceVersion } }: Job): ObjectReference => ({
  apiVersion: groupVersion(jobKind),
  kind: jobKind.kind,
  ...(namespace !== undefined && { namespace }),
  name,
  uid,
  resourceVersion,
});

const byStart = (a: Job, b: Job): number =>
  Date.parse(a.status.startTime ?? a.metadata.creationTimestamp) - Date.parse(b.status.startTime ?? b.metadata.creationTimestamp) ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

function jobOf(cronJob: CronJob, at: Date): New<Job> {
  const { metadata, spec } = cronJob;
  const { metadata: template = {}, spec: jobSpec } = spec.jobTemplate;
  return {
    metadata: {
      name: `${metadata.name}-${Math.floor(at.getTime() / 60_000)}`,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...(template.labels && { labels: template.labels }),
      annotations: { ...template.annotations, [SCHEDULED_AT]: timeText(at) },
      ownerReferences: [controllerReference(cronJobKind, cronJob)],
    },
    spec: jobSpec ?? { template: {} },
    status: {},
  };
}
