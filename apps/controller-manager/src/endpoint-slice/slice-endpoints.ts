import type { DiscoveryEndpointPort, Endpoint, Pod, Service } from '@steersman/types';
import { portsOf, publishedHostname } from '../endpoints/service-pods.ts';
import { hasEnded, isReady } from '../pods.ts';

export type AddressType = 'IPv4' | 'IPv6';

/** Endpoints that can stand in one slice: of one address type, with the same ports. */
export interface EndpointGroup {
  readonly addressType: AddressType;
  readonly ports: readonly DiscoveryEndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface GroupFacts {
  readonly pods: readonly Pod[];
  readonly zoneOf: (nodeName: string) => string | undefined;
}

/** The endpoints behind a Service, those that are not ready and those on their way out included: their conditions tell. */
export function endpointGroups(service: Service, { pods, zoneOf }: GroupFacts): readonly EndpointGroup[] {
  const groups = new Map<string, EndpointGroup & { readonly endpoints: Endpoint[] }>();
  for (const addressType of addressTypesOf(service)) {
    for (const pod of pods.filter(pod => !hasEnded(pod))) {
      const address = addressOf(pod, addressType);
      const ports = portsOf(service, pod)?.map(({ name = '', ...port }) => ({ name, ...port }));
      if (address === undefined || ports === undefined) continue;
      const key = JSON.stringify([addressType, ports]);
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(service, pod, { address, zoneOf }));
    }
  }
  return [...groups.values()];
}

export const addressTypesOf = ({ spec }: Service): readonly AddressType[] =>
  (spec.ipFamilies ?? ['IPv4']).map(family => (family === 'IPv6' ? 'IPv6' : 'IPv4'));

function addressOf({ status: { podIP, podIPs = [] } }: Pod, addressType: AddressType): string | undefined {
  const all = podIPs.length > 0 ? podIPs.flatMap(({ ip }) => ip || []) : podIP ? [podIP] : [];
  return all.find(ip => ip.includes(':') === (addressType === 'IPv6'));
}

function endpointOf(service: Service, pod: Pod, { address, zoneOf }: Pick<GroupFacts, 'zoneOf'> & { readonly address: string }): Endpoint {
  const { metadata, spec } = pod;
  const terminating = metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const hostname = publishedHostname(service, spec);
  const zone = spec.nodeName ? zoneOf(spec.nodeName) : undefined;
  return {
    addresses: [address],
    conditions: { ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname !== undefined && { hostname }),
    ...(spec.nodeName && { nodeName: spec.nodeName }),
    ...(zone !== undefined && { zone }),
    targetRef: {
      kind: 'Pod',
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      name: metadata.name,
      uid: metadata.uid,
    },
  };
}
