import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, Expectations, type Watch, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import {
  type EndpointSlice,
  endpointSliceKind,
  jsonEquals,
  type Key,
  keyOf,
  type Node,
  nodeKind,
  podKind,
  type Service,
  serviceKind,
} from '@steersman/types';
import { controllerReference } from '../claim.ts';
import { hasSelector, selects, servicesOf } from '../endpoints/service-pods.ts';
import { isNamespaceTerminating } from '../errors.ts';
import { BY_NODE, BY_OWNER, type Informers } from '../informers.ts';
import { generatedName } from '../names.ts';
import { timeText } from '../times.ts';
import { watchExpected } from '../watch-expected.ts';
import { addressTypesOf, endpointGroups } from './slice-endpoints.ts';
import { planSlices, type SliceContent } from './slice-plan.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';
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
      const { create, keep, remove } = planSlices(groups, own, addressTypesOf(service));
      const writer = new SliceWriter({ client, service, now: clock.wall(), signal });
      const changed = keep.filter(({ slice, content }) => !writer.isRight(slice, content));
      if (create.length + changed.length + remove.length > 0)
        log.debug('writing endpoint slices', { created: create.length, changed: changed.length, removed: remove.length });
      for (const content of create) await writer.create(content, expectations);
      for (const { slice, content } of changed) await writer.update(slice, content);
      for (const slice of remove) await writer.remove(slice);
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

interface WriterDeps {
  readonly client: Client;
  readonly service: Service;
  readonly now: Date;
  readonly signal: AbortSignal;
}

class SliceWriter {
  readonly #deps: WriterDeps;
  readonly #labels: Record<string, string>;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
    const { metadata, spec } = deps.service;
    this.#labels = {
      ...metadata.labels,
      ...(spec.clusterIP === 'None' && { [HEADLESS]: '' }),
      [SERVICE_NAME]: metadata.name,
      [MANAGED_BY]: MANAGER,
    };
  }

  isRight({ metadata, endpoints = [] }: EndpointSlice, content: SliceContent): boolean {
    return jsonEquals(endpoints, content.endpoints) && jsonEquals(metadata.labels ?? {}, this.#labels);
  }

  async create(content: SliceContent, expectations: Expectations): Promise<void> {
    const { client, service, signal } = this.#deps;
    const { name, namespace } = service.metadata;
    const generateName = `${name}-`;
    expectations.expectCreates(keyOf(service), 1);
    try {
      await client.of(endpointSliceKind).create(
        {
          metadata: {
            name: generatedName(generateName),
            generateName,
            ...(namespace !== undefined && { namespace }),
            labels: this.#labels,
            annotations: this.#changed(),
            ownerReferences: [controllerReference(serviceKind, service)],
          },
          ...mutable(content),
        },
        { signal },
      );
    } catch (err) {
      expectations.sawCreate(keyOf(service));
      if (!isNamespaceTerminating(err)) throw err;
    }
  }

  async update(slice: EndpointSlice, content: SliceContent): Promise<void> {
    const { client, signal } = this.#deps;
    const metadata = { ...slice.metadata, labels: this.#labels, annotations: { ...slice.metadata.annotations, ...this.#changed() } };
    await client.of(endpointSliceKind).update({ ...slice, metadata, ...mutable(content) }, { signal });
  }

  async remove({ metadata }: EndpointSlice): Promise<void> {
    const { client, signal } = this.#deps;
    try {
      await client.of(endpointSliceKind).delete(metadata, { preconditions: { uid: metadata.uid }, signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
    }
  }

  #changed(): Record<string, string> {
    return { [LAST_CHANGE]: timeText(this.#deps.now) };
  }
}

const mutable = ({ addressType, ports, endpoints }: SliceContent): Pick<EndpointSlice, 'addressType' | 'ports' | 'endpoints'> => ({
  addressType,
  ports: [...ports],
  endpoints: [...endpoints],
});
