import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import type { Controller, EventRecorder } from '@steersman/controller';
import { clusterRoleAggregationController } from './access/cluster-role-aggregation.controller.ts';
import { disruptionController } from './disruption/disruption.controller.ts';
import { endpointSliceController } from './endpoint-slice/endpoint-slice.controller.ts';
import { sliceMirroringController } from './endpoint-slice/slice-mirroring.controller.ts';
import { endpointsController } from './endpoints/endpoints.controller.ts';
import { eventTtlController } from './event-ttl/event-ttl.controller.ts';
import { garbageCollector } from './garbage-collection/garbage-collector.controller.ts';
import { podGcController } from './garbage-collection/pod-gc.controller.ts';
import type { Informers } from './informers.ts';
import { namespaceController } from './namespace/namespace.controller.ts';
import { nodeIpamController } from './node-lifecycle/node-ipam.controller.ts';
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle.controller.ts';
import { taintEvictionController } from './node-lifecycle/taint-eviction.controller.ts';
import { resourceQuotaController } from './resource-quota/resource-quota.controller.ts';
import { rootCaController } from './root-ca/root-ca.controller.ts';
import { serviceAccountController } from './service-account/service-account.controller.ts';
import { workloadControllers } from './workload-controllers.ts';

export interface ControllerDeps {
  readonly client: Client;
  readonly informer: Informers;
  /** `component` is shown as From in events. */
  readonly recorder: (component: string) => EventRecorder;
  readonly clock: Clock;
  readonly clusterCidr: string;
  /** What pods verify the API by, PEM. */
  readonly rootCa: string;
}

/** Every controller of the program, wired. */
export function controllers(deps: ControllerDeps): readonly Controller[] {
  const { client, informer, recorder, clock, clusterCidr, rootCa } = deps;
  return [
    ...workloadControllers(deps),
    disruptionController({ client, informer, recorder: recorder('controllermanager'), clock }),
    endpointsController({ client, informer, clock }),
    endpointSliceController({ client, informer, clock }),
    sliceMirroringController({ client, informer, clock }),
    nodeIpamController({ client, informer, recorder: recorder('cidrAllocator'), clusterCidr }),
    nodeLifecycleController({ client, informer, recorder: recorder('node-controller'), clock }),
    taintEvictionController({ client, informer, recorder: recorder('taint-eviction-controller'), clock }),
    namespaceController({ client, informer, clock }),
    serviceAccountController({ client, informer }),
    rootCaController({ client, informer, rootCa }),
    resourceQuotaController({ client, informer }),
    eventTtlController({ client, informer, clock }),
    clusterRoleAggregationController({ client, informer }),
    garbageCollector({ client, informer }),
    podGcController({ client, informer, clock }),
  ];
}
