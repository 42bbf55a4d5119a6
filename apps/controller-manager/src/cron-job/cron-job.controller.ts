import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, watch, watchOwned } from '@steersman/controller';
import { type CronJob, cronJobKind, type Job, keyOf } from '@steersman/types';
import { CronSync } from './cron-sync.ts';

export interface CronJobDeps {
  readonly client: Client;
  readonly cronJobs: Informer<CronJob>;
  readonly jobs: Informer<Job>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Makes a Job each time a schedule comes up. */
export function cronJobController(deps: CronJobDeps): Controller {
  const { cronJobs, jobs } = deps;
  return {
    name: 'cronjob',
    workers: 5,
    watches: [watch(cronJobs, cronJob => [keyOf(cronJob)]), watchOwned(jobs, cronJobKind)],
    async reconcile(key, { signal }) {
      const cronJob = cronJobs.get(key);
      return cronJob && (await new CronSync(deps, cronJob, signal).run());
    },
  };
}
