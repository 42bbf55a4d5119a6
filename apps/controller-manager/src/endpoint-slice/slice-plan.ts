import { type DiscoveryEndpointPort, type Endpoint, type EndpointSlice, jsonEquals } from '@steersman/types';
import type { AddressType, EndpointGroup } from './slice-endpoints.ts';

/** Small enough that one pod's change is a small write to everybody who watches. */
export const MAX_ENDPOINTS = 100;

export interface SliceContent {
  readonly addressType: AddressType;
  readonly ports: readonly DiscoveryEndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface SlicePlan {
  readonly create: readonly SliceContent[];
  /** Every slice that stays, with the content it should have; many of them have it already. */
  readonly keep: readonly { readonly slice: EndpointSlice; readonly content: SliceContent }[];
  readonly remove: readonly EndpointSlice[];
}

/**
 * Which slices should hold what. Endpoints stay in their slice, new ones fill the room there is, and only what is left makes
 * new slices: as few writes as possible. A Service without endpoints has one empty slice of each address type.
 */
export function planSlices(
  groups: readonly EndpointGroup[],
  slices: readonly EndpointSlice[],
  addressTypes: readonly AddressType[],
): SlicePlan {
  const plans = groups.map(group => planGroup(group, slices));
  const used = new Set(plans.flatMap(({ keep }) => keep.map(({ slice }) => slice)));
  const placeholders = addressTypes.filter(type => !groups.some(({ addressType }) => addressType === type)).map(emptyContent);
  const reused = placeholders.map(content => {
    const slice = slices.find(candidate => candidate.addressType === content.addressType && !used.has(candidate));
    return slice ? { slice, content } : { content };
  });
  for (const { slice } of reused) if (slice) used.add(slice);
  return {
    create: [...plans.flatMap(({ create }) => create), ...reused.flatMap(({ slice, content }) => (slice ? [] : [content]))],
    keep: [...plans.flatMap(({ keep }) => keep), ...reused.flatMap(({ slice, content }) => (slice ? [{ slice, content }] : []))],
    remove: slices.filter(slice => !used.has(slice)),
  };
}

const emptyContent = (addressType: AddressType): SliceContent => ({ addressType, ports: [], endpoints: [] });

interface GroupPlan {
  readonly create: readonly SliceContent[];
  readonly keep: SlicePlan['keep'];
}

function planGroup({ addressType, ports, endpoints }: EndpointGroup, slices: readonly EndpointSlice[]): GroupPlan {
  const own = slices.filter(slice => slice.addressType === addressType && jsonEquals(slice.ports ?? [], ports));
  const wanted = new Map(endpoints.map(endpoint => [identity(endpoint), endpoint]));
  const kept = own.map(slice => ({ slice, endpoints: take(slice.endpoints ?? [], wanted) }));
  const left = [...wanted.values()];
  for (const { endpoints: held } of [...kept].sort((a, b) => b.endpoints.length - a.endpoints.length))
    if (held.length > 0) held.push(...left.splice(0, MAX_ENDPOINTS - held.length));
  const create: SliceContent[] = [];
  while (left.length > 0) {
    const chunk = left.splice(0, MAX_ENDPOINTS);
    const empty = kept.find(({ endpoints: held }) => held.length === 0);
    if (empty) empty.endpoints.push(...chunk);
    else create.push({ addressType, ports, endpoints: chunk });
  }
  return {
    create,
    keep: kept.flatMap(({ slice, endpoints: held }) =>
      held.length > 0 ? [{ slice, content: { addressType, ports, endpoints: held } }] : [],
    ),
  };
}

const identity = ({ addresses, targetRef }: Endpoint): string => targetRef?.uid ?? addresses.join();

/** The present form of those still wanted, which are taken off `wanted`. */
function take(present: readonly Endpoint[], wanted: Map<string, Endpoint>): Endpoint[] {
  return present.flatMap(endpoint => {
    const key = identity(endpoint);
    const next = wanted.get(key);
    wanted.delete(key);
    return next ? [next] : [];
  });
}
