import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type Job, keyOf, jobKind } from '@steersman/types';
import { conditionOf } from './job-outcome.ts';

export interface TtlAfterFinishedDeps {
  readonly client: Client;
  readonly jobs: Informer<Job>;
  readonly clock: Clock;
}

/** Deletes Jobs that have been finished for as long as they say. */
export const ttlAfterFinishedController = ({ client, jobs, clock }: TtlAfterFinishedDeps): Controller => ({
  name: 'ttl-after-finished',
  workers: 5,
  watches: [watch(jobs, job => [keyOf(job)])],
  async reconcile(key, { signal, log }) {
    const job = jobs.get(key);
    const leftMs = job && expiresInMs(job, clock.wall());
    if (job === undefined || leftMs === undefined) return undefined;
    if (leftMs > 0) return { againInMs: leftMs };
    const { uid, resourceVersion } = job.metadata;
    try {
      // The version, too: the Job may have been given more time.
      await client.of(jobKind).delete(job.metadata, { propagationPolicy: 'Foreground', preconditions: { uid, resourceVersion }, signal });
      log.info('finished job deleted', { job: key });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
    }
    return undefined;
  },
});

/** Undefined when the Job stays. */
function expiresInMs(job: Job, now: Date): number | undefined {
  const { ttlSecondsAfterFinished: seconds } = job.spec;
  const end = (conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed'))?.lastTransitionTime;
  if (seconds === undefined || end === undefined || job.metadata.deletionTimestamp) return undefined;
  return Date.parse(end) + seconds * 1000 - now.getTime();
}
