import type { Controller } from '@steersman/controller';
import {
  controllerRevisionKind,
  cronJobKind,
  daemonSetKind,
  deploymentKind,
  jobKind,
  nodeKind,
  podKind,
  replicaSetKind,
  replicationControllerKind,
  statefulSetKind,
} from '@steersman/types';
import type { ControllerDeps } from './controllers.ts';
import { cronJobController } from './cron-job/cron-job.controller.ts';
import { daemonSetController } from './daemon-set/daemon-set.controller.ts';
import { deploymentController } from './deployment/deployment.controller.ts';
import { jobController, jobOrphanController } from './job/job.controller.ts';
import { ttlAfterFinishedController } from './job/ttl-after-finished.controller.ts';
import { replicaSetController } from './replicas/replica-set.controller.ts';
import { replicationControllerController } from './replicas/replication-controller.controller.ts';
import { statefulSetController } from './stateful-set/stateful-set.controller.ts';

/** Everything that makes pods. */
export function workloadControllers({ client, informer, recorder, clock }: ControllerDeps): readonly Controller[] {
  const [pods, replicaSets, jobs] = [informer(podKind), informer(replicaSetKind), informer(jobKind)];
  const revisions = informer(controllerRevisionKind);
  const parts = (component: string) => ({ client, pods, recorder: recorder(component), clock });
  return [
    deploymentController({ ...parts('deployment-controller'), deployments: informer(deploymentKind), replicaSets }),
    replicaSetController({ ...parts('replicaset-controller'), replicaSets }),
    replicationControllerController({
      ...parts('replication-controller'),
      replicationControllers: informer(replicationControllerKind),
    }),
    daemonSetController({
      ...parts('daemonset-controller'),
      daemonSets: informer(daemonSetKind),
      revisions,
      nodes: informer(nodeKind),
    }),
    statefulSetController({ ...parts('statefulset-controller'), statefulSets: informer(statefulSetKind), revisions }),
    jobController({ ...parts('job-controller'), jobs }),
    jobOrphanController({ client, jobs, pods }),
    ttlAfterFinishedController({ client, jobs, clock }),
    cronJobController({ client, cronJobs: informer(cronJobKind), jobs, recorder: recorder('cronjob-controller'), clock }),
  ];
}
