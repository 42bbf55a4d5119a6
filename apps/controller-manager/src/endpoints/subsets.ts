import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from '@steersman/types';
import { hasEnded, isReady } from '../pods.ts';
import { portsOf, publishedHostname } from './service-pods.ts';

/** More addresses in one object would make every change of one of them too large a write for everybody who watches. */
export const MAX_ADDRESSES = 1_000;

interface Group {
  readonly ports: readonly EndpointPort[];
  readonly ready: EndpointAddress[];
  readonly notReady: EndpointAddress[];
}

/** The addresses behind a Service, grouped by the ports they serve, in a stable order. */
export function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    if (!isCandidate(service, pod)) continue;
    const ports = portsOf(service, pod);
    if (ports === undefined) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] };
    groups.set(key, group);
    (isReady(pod) || service.spec.publishNotReadyAddresses ? group.ready : group.notReady).push(addressOf(service, pod));
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => subsetOf(group));
}

function isCandidate({ spec }: Service, pod: Pod): boolean {
  if (!pod.status.podIP || hasEnded(pod)) return false;
  return pod.metadata.deletionTimestamp === undefined || spec.publishNotReadyAddresses === true;
}

function addressOf(service: Service, { metadata: { namespace, name, uid }, spec, status }: Pod): EndpointAddress {
  const hostname = publishedHostname(service, spec);
  return {
    ip: status.podIP ?? '',
    ...(hostname !== undefined && { hostname }),
    ...(spec.nodeName && { nodeName: spec.nodeName }),
    targetRef: { kind: 'Pod', ...(namespace && { namespace }), name, uid },
  };
}

function subsetOf({ ports, ready, notReady }: Group): EndpointSubset {
  return {
    ...(ready.length > 0 && { addresses: ready.sort(byAddress) }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady.sort(byAddress) }),
    ...(ports.length > 0 && { ports: [...ports] }),
  };
}

const byAddress = (a: EndpointAddress, b: EndpointAddress): number =>
  a.ip === b.ip ? ((a.targetRef?.uid ?? '') < (b.targetRef?.uid ?? '') ? -1 : 1) : a.ip < b.ip ? -1 : 1;

/** At most MAX_ADDRESSES, ready ones before others. */
export function truncated(subsets: readonly EndpointSubset[]): { readonly subsets: readonly EndpointSubset[]; readonly cut: boolean } {
  const total = subsets.reduce((sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length, 0);
  if (total <= MAX_ADDRESSES) return { subsets, cut: false };
  let left = MAX_ADDRESSES;
  const take = (from: readonly EndpointAddress[] = []): EndpointAddress[] => {
    const taken = from.slice(0, left);
    left -= taken.length;
    return taken;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const notReady = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  const kept = subsets.map(({ ports }, at) => {
    const [addresses = [], notReadyAddresses = []] = [ready[at], notReady[at]];
    return {
      ...(addresses.length > 0 && { addresses }),
      ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
      ...(ports && { ports }),
    };
  });
  return { subsets: kept.filter(({ addresses, notReadyAddresses }) => addresses ?? notReadyAddresses), cut: true };
}
