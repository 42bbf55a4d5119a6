import type { EndpointSlice, Service } from '@steersman/types';
import { dashed } from './ip-names.ts';

export interface Port {
  readonly name: string;
  /** Lower case, as in names. */
  readonly protocol: string;
  readonly port: number;
}

/** One endpoint that has a name below its Service; it has several addresses in dual-stack clusters. */
export interface Host {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ports: readonly Port[];
}

/** What a Service means for DNS. */
export type ServiceRecords =
  | { readonly kind: 'external'; readonly target: string }
  | {
      readonly kind: 'cluster';
      readonly addresses: readonly string[];
      readonly ports: readonly Port[];
      readonly hosts: ReadonlyMap<string, Host>;
    }
  /** `hosts` are all ready endpoints, those without a hostname under a name made of their address. */
  | { readonly kind: 'headless'; readonly hosts: ReadonlyMap<string, Host> };

export function serviceRecords({ spec }: Service, slices: readonly EndpointSlice[]): ServiceRecords {
  if (spec.type === 'ExternalName') return { kind: 'external', target: (spec.externalName ?? '').toLowerCase().replace(/\.$/, '') };
  const isHeadless = spec.clusterIP === 'None';
  const hosts = hostsOf(slices, { isHeadless, takesUnready: spec.publishNotReadyAddresses ?? false });
  if (isHeadless) return { kind: 'headless', hosts };
  return {
    kind: 'cluster',
    addresses: (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(address => address !== ''),
    ports: (spec.ports ?? []).map(({ name = '', protocol = 'TCP', port }) => ({ name, protocol: protocol.toLowerCase(), port })),
    hosts,
  };
}

interface HostRules {
  readonly isHeadless: boolean;
  readonly takesUnready: boolean;
}

function hostsOf(slices: readonly EndpointSlice[], { isHeadless, takesUnready }: HostRules): ReadonlyMap<string, Host> {
  const hosts = new Map<string, Host>();
  for (const { addressType, endpoints, ports } of slices) {
    if (addressType === 'FQDN') continue;
    const ownPorts = (ports ?? []).flatMap(({ name = '', protocol = 'TCP', port }) =>
      port === undefined ? [] : [{ name, protocol: protocol.toLowerCase(), port }],
    );
    for (const { addresses, conditions, hostname } of endpoints ?? []) {
      const isReady = conditions?.ready !== false; // unknown counts as ready (discovery.k8s.io/v1 EndpointConditions)
      if (!isReady && !takesUnready) continue;
      if (hostname) addHost(hosts, { name: hostname.toLowerCase(), addresses, ports: ownPorts });
      else if (isHeadless)
        for (const address of addresses) addHost(hosts, { name: dashed(address), addresses: [address], ports: ownPorts });
    }
  }
  return hosts;
}

/** The same endpoint can be in several slices: one per address family, and more while it moves. */
function addHost(hosts: Map<string, Host>, host: Host): void {
  const found = hosts.get(host.name);
  if (!found) {
    hosts.set(host.name, host);
    return;
  }
  const isNew = ({ name, protocol, port }: Port): boolean =>
    !found.ports.some(known => known.name === name && known.protocol === protocol && known.port === port);
  hosts.set(host.name, {
    name: host.name,
    addresses: [...new Set([...found.addresses, ...host.addresses])],
    ports: [...found.ports, ...host.ports.filter(isNew)],
  });
}
