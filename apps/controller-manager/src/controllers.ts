import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import type { Controller, EventRecorder } from '@steersman/controller';
import { type ApiObject, deploymentKind, type Kind, podKind, replicaSetKind } from '@steersman/types';
import { deploymentController } from './deployment/deployment.controller.ts';
import { replicaSetController } from './replica-set/replica-set.controller.ts';

export interface ControllerDeps {
  readonly client: Client;
  /** One per kind, shared. */
  informer<T extends ApiObject>(kind: Kind<T>): Informer<T>;
  /** `component` is shown as From in events. */
  recorder(component: string): EventRecorder;
  readonly clock: Clock;
  readonly clusterCidr: string;
}

/** Every controller of the program, wired. */
export function controllers({ client, informer, recorder, clock }: ControllerDeps): readonly Controller[] {
  const [deployments, replicaSets, pods] = [informer(deploymentKind), informer(replicaSetKind), informer(podKind)];
  return [
    deploymentController({ client, deployments, replicaSets, pods, recorder: recorder('deployment-controller'), clock }),
    replicaSetController({ client, replicaSets, pods, recorder: recorder('replicaset-controller'), clock }),
  ];
}
