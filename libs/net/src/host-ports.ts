import { isIPv6 } from 'node:net';
import type { Nft } from './nft.ts';
import { FAMILIES, tableName } from './pod-table.ts';

export interface HostPort {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** One address of the node; every one unless told. */
  readonly hostIp?: string;
  readonly hostPort: number;
  readonly podIp: string;
  readonly containerPort: number;
}

/**
 * Makes `ports` the host ports of this node, all at once. Of two that claim the same port the first has it. The table must
 * be there (`applyPodTable`).
 */
export const setHostPorts = (nft: Nft, cluster: string, ports: readonly HostPort[], signal?: AbortSignal): Promise<void> =>
  nft(hostPortCommands(cluster, ports), signal);

export function hostPortCommands(cluster: string, ports: readonly HostPort[]): string {
  const table = tableName(cluster);
  const lines = FAMILIES.flatMap(({ ip }) => {
    const ours = ports.filter(({ podIp }) => isIPv6(podIp) === (ip === 'ip6'));
    const pods = [...new Set(ours.map(({ podIp }) => podIp))];
    return [
      ...replace('map', `inet ${table} host-port-${ip}`, elements(ours.filter(isEverywhere))),
      ...replace('map', `inet ${table} host-ip-port-${ip}`, elements(ours.filter(port => !isEverywhere(port)))),
      ...replace(
        'set',
        `inet ${table} host-port-pod-${ip}`,
        pods.map(pod => `${pod} . ${pod}`),
      ),
    ];
  });
  return [...lines, ''].join('\n');
}

const replace = (kind: 'map' | 'set', name: string, content: readonly string[]): readonly string[] => [
  `flush ${kind} ${name}`,
  ...(content.length > 0 ? [`add element ${name} { ${content.join(', ')} }`] : []),
];

const isEverywhere = ({ hostIp = '' }: HostPort): boolean => ['', '0.0.0.0', '::'].includes(hostIp);

function elements(ports: readonly HostPort[]): readonly string[] {
  const targets = new Map(ports.map(port => [keyOf(port), `${port.podIp} . ${port.containerPort}`] as const).reverse());
  return [...targets].reverse().map(([key, target]) => `${key} : ${target}`);
}

function keyOf(port: HostPort): string {
  const key = `${port.protocol.toLowerCase()} . ${port.hostPort}`;
  return isEverywhere(port) ? key : `${port.hostIp} . ${key}`;
}
