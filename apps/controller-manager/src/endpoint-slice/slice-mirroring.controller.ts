import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { type Controller, Expectations, watch } from '@steersman/controller';
import {
  type Endpoint,
  type EndpointAddress,
  type Endpoints,
  type EndpointSlice,
  endpointsKind,
  endpointSliceKind,
  type Key,
  keyOf,
  serviceKind,
} from '@steersman/types';
import { hasSelector } from '../endpoints/service-pods.ts';
import { BY_OWNER, type Informers } from '../informers.ts';
import { watchExpected } from '../watch-expected.ts';
import type { AddressType, EndpointGroup } from './slice-endpoints.ts';
import { planSlices } from './slice-plan.ts';
import { MANAGED_BY, SERVICE_NAME, SliceWriter } from './slice-writer.ts';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
/** Endpoints that were abused as locks before there were Leases. */
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

export interface SliceMirroringDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
}

/** Gives Services without a selector slices of the Endpoints somebody writes for them, as nodes and DNS read slices only. */
export function sliceMirroringController({ client, informer, clock }: SliceMirroringDeps): Controller {
  const [endpoints, services, slices] = [informer(endpointsKind), informer(serviceKind), informer(endpointSliceKind)];
  const expectations = new Expectations(clock);
  return {
    name: 'endpointslice-mirroring',
    workers: 2,
    watches: [
      watch(endpoints, object => [keyOf(object)]),
      watch(services, service => [keyOf(service)]),
      watchExpected(slices, expectations, mirroredKey),
    ],
    async reconcile(key, { signal }) {
      const object = endpoints.get(key);
      if (!object || object.metadata.deletionTimestamp || !expectations.satisfied(key)) return undefined; // its slices are the garbage collector's
      const service = services.get(key);
      const own = slices.by(BY_OWNER, object.metadata.uid).filter(isMirror);
      const mirrors = service !== undefined && !hasSelector(service) && isMeant(object);
      const writer = new SliceWriter({
        client,
        expectations,
        owner: object,
        ownerKind: endpointsKind,
        labels: { ...object.metadata.labels, [SERVICE_NAME]: object.metadata.name, [MANAGED_BY]: MANAGER },
        now: clock.wall(),
        signal,
      });
      await writer.carryOut(planSlices(mirrors ? groupsOf(object) : [], own, []));
      return undefined;
    },
  };
}

const isMirror = ({ metadata }: EndpointSlice): boolean =>
  metadata.labels?.[MANAGED_BY] === MANAGER && metadata.deletionTimestamp === undefined;

const mirroredKey = (slice: EndpointSlice): readonly Key[] => {
  const name = slice.metadata.labels?.[SERVICE_NAME];
  return isMirror(slice) && name ? [`${slice.metadata.namespace}/${name}`] : [];
};

const isMeant = ({ metadata: { labels = {}, annotations = {} } }: Endpoints): boolean =>
  labels[SKIP] !== 'true' && annotations[LEADER] === undefined;

function groupsOf({ subsets = [] }: Endpoints): readonly EndpointGroup[] {
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const all = [...addresses.map(address => endpointOf(address, true)), ...notReadyAddresses.map(address => endpointOf(address, false))];
    return (['IPv4', 'IPv6'] as const).flatMap(addressType => {
      const endpoints = all.filter(endpoint => typeOf(endpoint) === addressType);
      return endpoints.length > 0 ? [{ addressType, ports: ports.map(({ name = '', ...port }) => ({ name, ...port })), endpoints }] : [];
    });
  });
}

const typeOf = ({ addresses }: Endpoint): AddressType => (addresses[0]?.includes(':') ? 'IPv6' : 'IPv4');

const endpointOf = ({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname !== undefined && { hostname }),
  ...(nodeName !== undefined && { nodeName }),
  ...(targetRef && { targetRef }),
});
