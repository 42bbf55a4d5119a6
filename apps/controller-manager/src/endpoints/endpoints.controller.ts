import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type Endpoints, endpointsKind, jsonEquals, keyOf, type New, type Pod, podKind, type Service, serviceKind } from '@steersman/types';
import { isNamespaceTerminating } from '../errors.ts';
import type { Informers } from '../informers.ts';
import { timeText } from '../times.ts';
import { hasSelector, selects, servicesOf } from './service-pods.ts';
import { subsetsOf, truncated } from './subsets.ts';

const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';
const MANAGED_BY = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
const HEADLESS = 'service.kubernetes.io/headless';

export interface EndpointsDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
}

/** Keeps the Endpoints of each Service equal to the pods it selects. Services without a selector have theirs kept by somebody else. */
export function endpointsController({ client, informer, clock }: EndpointsDeps): Controller {
  const [services, pods, endpoints] = [informer(serviceKind), informer(podKind), informer(endpointsKind)];
  return {
    name: 'endpoints',
    workers: 5,
    watches: [
      watch(services, service => [keyOf(service)]),
      watch(pods, pod => servicesOf(services, pod)),
      watch(endpoints, object => (services.get(keyOf(object)) ? [keyOf(object)] : [])),
    ],
    async reconcile(key, { signal, log }) {
      const service = services.get(key);
      const current = endpoints.get(key);
      if (!service) {
        if (current && isManaged(current)) await remove(client, current, signal);
        return undefined;
      }
      if (!hasSelector(service)) return undefined;
      const wanted = endpointsOf(service, {
        pods: pods.list(service.metadata.namespace).filter(pod => selects(service, pod)),
        current,
        now: clock.wall(),
      });
      if (!wanted) return undefined;
      await write(client, { current, wanted, signal });
      log.debug('endpoints written', { subsets: wanted.subsets?.length ?? 0 });
      return undefined;
    },
  };
}

const isManaged = ({ metadata }: Endpoints): boolean => Object.keys(MANAGED_BY).every(label => metadata.labels?.[label] !== undefined);

interface Facts {
  readonly pods: readonly Pod[];
  readonly current: Endpoints | undefined;
  readonly now: Date;
}

/** Undefined when what is there is right. */
function endpointsOf(service: Service, { pods, current, now }: Facts): New<Endpoints> | undefined {
  const { subsets, cut } = truncated(subsetsOf(service, pods));
  const labels = { ...service.metadata.labels, ...MANAGED_BY, ...(service.spec.clusterIP === 'None' && { [HEADLESS]: '' }) };
  const { [OVER_CAPACITY]: _, [LAST_CHANGE]: lastChange, ...kept } = current?.metadata.annotations ?? {};
  const annotations = { ...kept, ...(cut && { [OVER_CAPACITY]: 'truncated' }) };
  const { [LAST_CHANGE]: __, ...presentAnnotations } = current?.metadata.annotations ?? {};
  const same =
    current &&
    jsonEquals(current.subsets ?? [], subsets) &&
    jsonEquals(current.metadata.labels ?? {}, labels) &&
    jsonEquals(presentAnnotations, annotations);
  if (same) return undefined;
  const changed = jsonEquals(current?.subsets ?? [], subsets) ? lastChange : timeText(now);
  const { name, namespace } = service.metadata;
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels,
      annotations: { ...annotations, ...(changed !== undefined && { [LAST_CHANGE]: changed }) },
    },
    ...(subsets.length > 0 || current ? { subsets: [...subsets] } : {}),
  };
}

interface Write {
  readonly current: Endpoints | undefined;
  readonly wanted: New<Endpoints>;
  readonly signal: AbortSignal;
}

async function write(client: Client, { current, wanted, signal }: Write): Promise<void> {
  const endpoints = client.of(endpointsKind);
  try {
    if (current) await endpoints.update({ ...current, ...wanted, metadata: { ...current.metadata, ...wanted.metadata } }, { signal });
    else await endpoints.create(wanted, { signal });
  } catch (err) {
    if (!isNamespaceTerminating(err)) throw err;
  }
}

async function remove(client: Client, { metadata }: Endpoints, signal: AbortSignal): Promise<void> {
  try {
    await client.of(endpointsKind).delete(metadata, { preconditions: { uid: metadata.uid }, signal });
  } catch (err) {
    if (!isReason(err, 'NotFound')) throw err;
  }
}
