import { isIPv6 } from 'node:net';
import type { Nft } from './nft.ts';

/** Every rule of a cluster is in one table of its own: removing that removes them all. */
export const tableName = (cluster: string): string => `steersman-${cluster}`;

export interface PodTableOptions {
  readonly cluster: string;
  /** Of this node's pods: traffic from here that leaves `clusterCidrs` gets the node's address. */
  readonly podCidrs: readonly string[];
  /** Of all pods; those of this node unless told. */
  readonly clusterCidrs?: readonly string[];
}

/** Can be applied again, also over another release's rules; host ports that are set stay set. */
export const applyPodTable = (nft: Nft, options: PodTableOptions, signal?: AbortSignal): Promise<void> => nft(podTable(options), signal);

/** Succeeds also when there is none. */
export const removePodTable = (nft: Nft, cluster: string, signal?: AbortSignal): Promise<void> =>
  nft(`table inet ${tableName(cluster)}\ndelete table inet ${tableName(cluster)}\n`, signal);

interface Family {
  readonly ip: 'ip' | 'ip6';
  readonly type: 'ipv4_addr' | 'ipv6_addr';
}

export const FAMILIES: readonly Family[] = [
  { ip: 'ip', type: 'ipv4_addr' },
  { ip: 'ip6', type: 'ipv6_addr' },
];

/** Chains are declared, emptied and filled in one transaction; maps are only declared. */
export function podTable({ cluster, podCidrs, clusterCidrs = podCidrs }: PodTableOptions): string {
  const table = tableName(cluster);
  // Priorities by number (raw, dstnat, srcnat): nft knows the name dstnat in prerouting only.
  const chains: readonly (readonly [name: string, hook: string, rules: readonly string[]])[] = [
    ['loopback-guard', 'type filter hook prerouting priority -300; policy accept;', LOOPBACK_GUARD],
    ['host-port', '', FAMILIES.flatMap(hostPortRules)],
    ['prerouting', 'type nat hook prerouting priority -100; policy accept;', [LOCAL_TO_HOST_PORT]],
    ['output', 'type nat hook output priority -100; policy accept;', [LOCAL_TO_HOST_PORT]],
    ['postrouting', 'type nat hook postrouting priority 100; policy accept;', sourceRules(podCidrs, clusterCidrs)],
  ];
  return [
    `table inet ${table} {`,
    ...FAMILIES.flatMap(mapDeclarations).map(line => `  ${line}`),
    ...chains.map(([name, hook]) => `  chain ${name} { ${hook} }`),
    '}',
    ...chains.map(([name]) => `flush chain inet ${table} ${name}`),
    `table inet ${table} {`,
    ...chains.flatMap(([name, , rules]) => [`  chain ${name} {`, ...rules.map(rule => `    ${rule}`), '  }']),
    '}',
    '',
  ].join('\n');
}

/**
 * `host-port` answers on every address of the node, `host-ip-port` on one; `host-port-pod` holds, as pairs, the pods that
 * have any.
 */
const mapDeclarations = ({ ip, type }: Family): readonly string[] => [
  `map host-port-${ip} { type inet_proto . inet_service : ${type} . inet_service; }`,
  `map host-ip-port-${ip} { type ${type} . inet_proto . inet_service : ${type} . inet_service; }`,
  `set host-port-pod-${ip} { type ${type} . ${type}; }`,
];

const hostPortRules = ({ ip }: Family): readonly string[] => [
  `dnat ${ip} to ${ip} daddr . meta l4proto . th dport map @host-ip-port-${ip}`,
  `meta nfproto ${ip === 'ip' ? 'ipv4' : 'ipv6'} dnat ${ip} to meta l4proto . th dport map @host-port-${ip}`,
];

const LOCAL_TO_HOST_PORT = 'meta l4proto { tcp, udp, sctp } fib daddr type local jump host-port';

/** route_localnet, which host ports on 127.0.0.1 need, would let neighbours reach the node's loopback (CVE-2020-8558). */
const LOOPBACK_GUARD = ['iif != "lo" ip daddr 127.0.0.0/8 drop'];

function sourceRules(podCidrs: readonly string[], clusterCidrs: readonly string[]): readonly string[] {
  const outward = podCidrs.map(cidr => {
    const ip = isV6(cidr) ? 'ip6' : 'ip';
    const inside = clusterCidrs.filter(other => isV6(other) === isV6(cidr));
    return `${ip} saddr ${cidr} ${ip} daddr != { ${inside.join(', ')} } masquerade`;
  });
  return [
    // A pod that calls its own host port would answer itself directly, past the translation.
    ...FAMILIES.map(({ ip }) => `${ip} saddr . ${ip} daddr @host-port-pod-${ip} masquerade`),
    // A pod could not answer the node's loopback address.
    'oif != "lo" ip saddr 127.0.0.0/8 masquerade',
    ...outward,
  ];
}

const isV6 = (cidr: string): boolean => isIPv6(cidr.split('/')[0] ?? '');
