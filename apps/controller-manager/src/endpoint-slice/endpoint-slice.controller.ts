import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, Expectations, type Watch, watch } from '@steersman/controller';
import { type EndpointSlice, endpointSliceKind, type Key, keyOf, type Node, nodeKind, podKind, serviceKind } from '@steersman/types';
import { hasSelector, selects, servicesOf } from '../endpoints/service-pods.ts';
import { BY_NODE, BY_OWNER, type Informers } from '../informers.ts';
import { watchExpected } from '../watch-expected.ts';
import { addressTypesOf, endpointGroups } from './slice-endpoints.ts';
import { planSlices } from './slice-plan.ts';
import { MANAGED_BY, SERVICE_NAME, SliceWriter } from './slice-writer.ts';

const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const ZONE = 'topology.kubernetes.io/zone';

export interface EndpointSliceDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
}

/** Keeps the EndpointSlices of each Service equal to the pods it selects, in pieces of at most 100. */
export function endpointSliceController({ client, informer, clock }: EndpointSliceDeps): Controller {
  const [services, pods, nodes, slices] = [informer(serviceKind), informer(podKind), informer(nodeKind), informer(endpointSliceKind)];
  const expectations = new Expectations(clock);
  const zoneOf = (name: string): string | undefined => nodes.get(name)?.metadata.labels?.[ZONE];
  return {
    name: 'endpointslice',
    workers: 5,
    watches: [
      watch(services, service => [keyOf(service)]),
      watch(pods, pod => servicesOf(services, pod)),
      watchZones(nodes, name => pods.by(BY_NODE, name).flatMap(pod => servicesOf(services, pod))),
      watchExpected(slices, expectations, serviceKey),
    ],
    async reconcile(key, { signal, log }) {
      const service = services.get(key);
      if (!service || !hasSelector(service) || service.metadata.deletionTimestamp) return undefined; // the garbage collector's
      if (!expectations.satisfied(key)) return undefined;
      const own = slices.by(BY_OWNER, service.metadata.uid).filter(slice => isManaged(slice) && !slice.metadata.deletionTimestamp);
      const groups = endpointGroups(service, {
        pods: pods.list(service.metadata.namespace).filter(pod => selects(service, pod)),
        zoneOf,
      });
      const { metadata, spec } = service;
      const writer = new SliceWriter({
        client,
        expectations,
        owner: service,
        ownerKind: serviceKind,
        labels: {
          ...metadata.labels,
          ...(spec.clusterIP === 'None' && { [HEADLESS]: '' }),
          [SERVICE_NAME]: metadata.name,
          [MANAGED_BY]: MANAGER,
        },
        now: clock.wall(),
        signal,
      });
      const written = await writer.carryOut(planSlices(groups, own, addressTypesOf(service)));
      if (written > 0) log.debug('endpoint slices written', { written });
      return undefined;
    },
  };
}

const isManaged = ({ metadata: { labels = {} } }: EndpointSlice): boolean => labels[MANAGED_BY] === MANAGER;

const serviceKey = ({ metadata: { namespace, labels = {} } }: EndpointSlice): readonly Key[] =>
  labels[SERVICE_NAME] ? [`${namespace}/${labels[SERVICE_NAME]}`] : [];

/** Nodes change with every heartbeat; only their zone matters here. */
function watchZones(nodes: Informer<Node>, keysOf: (nodeName: string) => readonly Key[]): Watch {
  return {
    synced: signal => nodes.synced(signal),
    start: enqueue =>
      nodes.subscribe(({ prev, next, traceparent }) => {
        const node = next ?? prev;
        if (!node || prev?.metadata.labels?.[ZONE] === next?.metadata.labels?.[ZONE]) return;
        for (const key of new Set(keysOf(node.metadata.name))) enqueue(key, traceparent);
      }),
  };
}
