import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, watch, watchOwned } from '@steersman/controller';
import { controllerOf, type Deployment, deploymentKind, type Key, keyOf, type Pod, type ReplicaSet } from '@steersman/types';
import { isNamespaceTerminating } from '../errors.ts';
import { selecting } from '../selecting.ts';
import { DeploymentSync } from './deployment-sync.ts';

export interface DeploymentDeps {
  readonly client: Client;
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Rolls Deployments out over ReplicaSets, one for each revision of the template. */
export function deploymentController(deps: DeploymentDeps): Controller {
  const { deployments, replicaSets, pods } = deps;
  return {
    name: 'deployment',
    workers: 5,
    watches: [
      watch(deployments, deployment => [keyOf(deployment)]),
      watchOwned(replicaSets, deploymentKind),
      watch(replicaSets, replicaSet => (controllerOf(replicaSet) ? [] : selecting(deployments, replicaSet))),
      watch(pods, pod => recreating(deps, pod)),
    ],
    async reconcile(key, { signal, log }) {
      const deployment = deployments.get(key);
      if (!deployment) return undefined; // its ReplicaSets are the garbage collector's
      try {
        return await new DeploymentSync(deps, { deployment, signal, log }).run();
      } catch (err) {
        if (isNamespaceTerminating(err)) return undefined;
        throw err;
      }
    },
  };
}

/** A Deployment that recreates waits for its last old pod to be gone. */
function recreating({ deployments, replicaSets }: DeploymentDeps, pod: Pod): readonly Key[] {
  const { namespace } = pod.metadata;
  const replicaSet = replicaSets.get(`${namespace}/${controllerOf(pod)?.name}`);
  const key = `${namespace}/${(replicaSet && controllerOf(replicaSet)?.name) ?? ''}`;
  return deployments.get(key)?.spec.strategy?.type === 'Recreate' ? [key] : [];
}
