import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, Expectations, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { controllerOf, groupVersion, type Job, jobKind, type Key, keyOf, type Pod } from '@steersman/types';
import { isNamespaceTerminating } from '../errors.ts';
import { BY_OWNER } from '../informers.ts';
import { PodControl } from '../pod-control/pod-control.ts';
import { watchExpected } from '../watch-expected.ts';
import { freePod } from './free-pod.ts';
import { isTracked } from './job-pods.ts';
import { JobSync } from './job-sync.ts';

/** Jobs that name another controller are not ours. */
const CONTROLLER = 'kubernetes.io/job-controller';

export interface JobDeps {
  readonly client: Client;
  readonly jobs: Informer<Job>;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Runs pods until as many as a Job wants have succeeded, or it has to be given up. */
export function jobController(deps: JobDeps): Controller {
  const { jobs, pods } = deps;
  const expectations = new Expectations(deps.clock);
  const parts = { ...deps, expectations, control: new PodControl({ ...deps, expectations }) };
  return {
    name: 'job',
    workers: 5,
    watches: [watch(jobs, job => [keyOf(job)]), watchExpected(pods, expectations, jobKey)],
    async reconcile(key, { signal }) {
      const job = jobs.get(key);
      if (!job) {
        expectations.forget(key);
        return undefined;
      }
      if ((job.spec.managedBy ?? CONTROLLER) !== CONTROLLER) return undefined;
      try {
        return await new JobSync(parts, job, signal).run();
      } catch (err) {
        if (isNamespaceTerminating(err)) return undefined;
        throw err;
      }
    },
  };
}

function jobKey(pod: Pod): readonly Key[] {
  const owner = controllerOf(pod);
  return owner?.kind === jobKind.kind && owner.apiVersion === groupVersion(jobKind) ? [`${pod.metadata.namespace}/${owner.name}`] : [];
}

/** Lets pods go whose Job is no more: nobody is left to count them. */
export function jobOrphanController({ client, jobs, pods }: Pick<JobDeps, 'client' | 'jobs' | 'pods'>): Controller {
  const tracked = (pod: Pod): readonly Key[] => (isTracked(pod) ? [keyOf(pod)] : []);
  return {
    name: 'job-orphan',
    watches: [watch(pods, tracked), watch(jobs, ({ metadata }) => pods.by(BY_OWNER, metadata.uid).flatMap(tracked))],
    async reconcile(key, { signal, log }) {
      const pod = pods.get(key);
      if (!pod || !isTracked(pod)) return undefined;
      const uid = controllerOf(pod)?.uid;
      const [owner] = jobKey(pod);
      if (owner !== undefined && (await exists({ client, jobs }, { key: owner, uid, signal }))) return undefined;
      await freePod(client, pod, signal);
      log.debug('pod of no job freed', { pod: key });
      return undefined;
    },
  };
}

/** The server is asked before a Job counts as gone: our view may be older than the pod. */
async function exists(
  { client, jobs }: Pick<JobDeps, 'client' | 'jobs'>,
  { key, uid, signal }: { readonly key: Key; readonly uid: string | undefined; readonly signal: AbortSignal },
): Promise<boolean> {
  if (jobs.get(key)?.metadata.uid === uid) return true;
  const [namespace, name = ''] = key.split('/');
  try {
    return (await client.of(jobKind).get({ namespace, name }, { signal })).metadata.uid === uid;
  } catch (err) {
    if (isReason(err, 'NotFound')) return false;
    throw err;
  }
}
