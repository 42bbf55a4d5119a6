import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import type { Controller, EventRecorder } from '@steersman/controller';
import { deploymentKind, podKind, replicaSetKind, replicationControllerKind } from '@steersman/types';
import { deploymentController } from './deployment/deployment.controller.ts';
import { endpointSliceController } from './endpoint-slice/endpoint-slice.controller.ts';
import { endpointsController } from './endpoints/endpoints.controller.ts';
import { garbageCollector } from './garbage-collection/garbage-collector.controller.ts';
import { podGcController } from './garbage-collection/pod-gc.controller.ts';
import type { Informers } from './informers.ts';
import { namespaceController } from './namespace/namespace.controller.ts';
import { nodeIpamController } from './node-lifecycle/node-ipam.controller.ts';
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle.controller.ts';
import { taintEvictionController } from './node-lifecycle/taint-eviction.controller.ts';
import { replicaSetController } from './replicas/replica-set.controller.ts';
import { replicationControllerController } from './replicas/replication-controller.controller.ts';
import { serviceAccountController } from './service-account/service-account.controller.ts';

export interface ControllerDeps {
  readonly client: Client;
  readonly informer: Informers;
  /** `component` is shown as From in events. */
  readonly recorder: (component: string) => EventRecorder;
  readonly clock: Clock;
  readonly clusterCidr: string;
}

/** Every controller of the program, wired. */
export function controllers({ client, informer, recorder, clock, clusterCidr }: ControllerDeps): readonly Controller[] {
  const [deployments, replicaSets, pods] = [informer(deploymentKind), informer(replicaSetKind), informer(podKind)];
  const nodeRecorder = recorder('node-controller');
  return [
    deploymentController({ client, deployments, replicaSets, pods, recorder: recorder('deployment-controller'), clock }),
    replicaSetController({ client, replicaSets, pods, recorder: recorder('replicaset-controller'), clock }),
    replicationControllerController({
      client,
      replicationControllers: informer(replicationControllerKind),
      pods,
      recorder: recorder('replication-controller'),
      clock,
    }),
    endpointsController({ client, informer, clock }),
    endpointSliceController({ client, informer, clock }),
    nodeIpamController({ client, informer, recorder: recorder('cidrAllocator'), clusterCidr }),
    nodeLifecycleController({ client, informer, recorder: nodeRecorder, clock }),
    taintEvictionController({ client, informer, recorder: recorder('taint-eviction-controller'), clock }),
    namespaceController({ client, informer, clock }),
    serviceAccountController({ client, informer }),
    garbageCollector({ client, informer }),
    podGcController({ client, informer, clock }),
  ];
}
