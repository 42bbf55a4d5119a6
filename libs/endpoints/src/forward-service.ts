import type { EndpointSlice, Service, ServicePort } from '@steersman/types';
import { chooseBackends, type Choice, type Place } from './choose-backends.ts';
import { canonical, type Family, familyOf, type Forwarding, type Protocol, type Route } from './forwarding.ts';
import { distinctRanges } from './distinct-ranges.ts';

export interface NodePlace extends Place {
  /** The node's addresses that answer on node ports. */
  readonly nodePortAddresses: readonly string[];
}

/** How long ClientIP affinity lasts unless told (core/v1, ClientIPConfig). */
const AFFINITY_SECONDS = 10_800;

/** Names a class of proxy other than this (a label that only its own proxies read). */
const FOREIGN_PROXY = 'service.kubernetes.io/service-proxy-name';

/** What a node has to do for a Service. */
export function forwardService(service: Service, slices: readonly EndpointSlice[], place: NodePlace): readonly Forwarding[] {
  if (!isForwarded(service)) return [];
  return (service.spec.ports ?? []).flatMap(port => {
    const choices = new Map<Family, Choice>();
    const choiceFor = (family: Family): Choice => {
      const found = choices.get(family) ?? chooseBackends(slices, { family, protocol: protocolOf(port), name: port.name ?? '' }, place);
      choices.set(family, found);
      return found;
    };
    return [
      ...clusterAddresses(service).map(address => clusterForwarding(service, port, address, choiceFor(familyOf(address)))),
      ...externalFronts(service, port, place).map(front => externalForwarding(service, port, front, choiceFor(familyOf(front.address)))),
    ];
  });
}

/** Headless Services and names of others have no address that could be forwarded. */
export const isForwarded = ({ spec, metadata }: Service): boolean =>
  spec.type !== 'ExternalName' && !!spec.clusterIP && spec.clusterIP !== 'None' && metadata.labels?.[FOREIGN_PROXY] === undefined;

/** Ready endpoints on this node, as its health-check node port tells a load balancer; undefined when the Service has none. */
export function localEndpoints(service: Service, slices: readonly EndpointSlice[], place: Place): number | undefined {
  const { spec } = service;
  if (!spec.healthCheckNodePort || spec.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local') return undefined;
  const addresses = new Set<string>();
  for (const port of spec.ports ?? []) {
    for (const family of new Set(clusterAddresses(service).map(familyOf))) {
      const { here } = chooseBackends(slices, { family, protocol: protocolOf(port), name: port.name ?? '' }, place);
      for (const { address } of here) addresses.add(address);
    }
  }
  return addresses.size;
}

const protocolOf = ({ protocol = 'TCP' }: ServicePort): Protocol => protocol.toLowerCase() as Protocol;

const clusterAddresses = ({ spec: { clusterIP, clusterIPs = [] } }: Service): readonly string[] =>
  [...new Set([...(clusterIP ? [clusterIP] : []), ...clusterIPs])].map(canonical);

interface Front {
  readonly address: string;
  readonly port: number;
  readonly sources?: readonly string[];
}

function clusterForwarding(service: Service, port: ServicePort, address: string, { anywhere, here }: Choice): Forwarding {
  const local = service.spec.internalTrafficPolicy === 'Local';
  return {
    ...common(service, port, { address, port: port.port }),
    clusterIp: true,
    masquerade: false,
    route: local ? { backends: here, otherwise: anywhere.length > 0 ? 'drop' : 'refuse' } : { backends: anywhere, otherwise: 'refuse' },
  };
}

/**
 * What pods and the node itself send to an external address goes to any backend, whatever the policy: it would not come by a
 * load balancer that knows where the backends are.
 */
function externalForwarding(service: Service, port: ServicePort, front: Front, { anywhere, here }: Choice): Forwarding {
  const local = service.spec.externalTrafficPolicy === 'Local';
  const route: Route = { backends: anywhere, otherwise: 'refuse' };
  const nowhere = anywhere.length === 0 && here.length === 0;
  return {
    ...common(service, port, front),
    clusterIp: false,
    masquerade: !local,
    route,
    ...(local && !nowhere && { fromOutside: { backends: here, otherwise: 'drop' } }),
  };
}

function common({ spec }: Service, port: ServicePort, { address, port: number, sources }: Front) {
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;
  return {
    family: familyOf(address),
    address,
    protocol: protocolOf(port),
    port: number,
    ...(spec.sessionAffinity === 'ClientIP' && { affinitySeconds: seconds }),
    ...(sources && { sources }),
  };
}

function externalFronts({ spec, status }: Service, port: ServicePort, { nodePortAddresses }: NodePlace): readonly Front[] {
  const { nodePort } = port;
  const ranges = (spec.loadBalancerSourceRanges ?? []).map(range => range.trim());
  const balancers = (status.loadBalancer?.ingress ?? []).filter(({ ip, ipMode = 'VIP' }) => ip && ipMode === 'VIP');
  const fronts: readonly Front[] = [
    ...(nodePort ? nodePortAddresses.map(address => ({ address: canonical(address), port: nodePort })) : []),
    ...(spec.externalIPs ?? []).map(address => ({ address: canonical(address), port: port.port })),
    ...balancers.map(({ ip = '' }) => {
      const address = canonical(ip);
      const sources = ranges.length > 0 ? distinctRanges(ranges, familyOf(address)) : undefined;
      return { address, port: port.port, ...(sources && { sources }) };
    }),
  ];
  const families = new Set(spec.ipFamilies ?? []);
  return fronts.filter(({ address }) => families.size === 0 || families.has(familyOf(address) === 'ip' ? 'IPv4' : 'IPv6'));
}
