import { ipList } from '@steersman/net';
import { type Entries, ROUTE_PROTOCOL, type VxlanDevice, vxlanIdentity } from './plan-overlay.ts';

interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly flags?: readonly string[];
}

interface Link {
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly linkinfo?: { readonly info_data?: { readonly id?: number; readonly local?: string } };
}

/** What an earlier run has put into the kernel for the cluster, of one address family. */
export async function readEntries(
  { cluster, family, isOurs }: { readonly cluster: string; readonly family: 4 | 6; readonly isOurs: (cidr: string) => boolean },
  signal: AbortSignal,
): Promise<Entries> {
  const { name } = vxlanIdentity(cluster);
  const [routes, links] = await Promise.all([
    ipList<Route>('ip', [`-${family}`, 'route', 'show', 'proto', String(ROUTE_PROTOCOL)], signal),
    family === 4 ? ipList<Link>('ip', ['-details', 'link', 'show', 'dev', name], signal) : [],
  ]);
  const device = links.flatMap(deviceOf)[0];
  const neighbours = device
    ? await ipList<{ dst: string; lladdr?: string }>('ip', ['neigh', 'show', 'dev', name, 'nud', 'permanent'], signal)
    : [];
  const forwarding = device ? await ipList<{ mac: string; dst?: string }>('bridge', ['fdb', 'show', 'dev', name], signal) : [];
  return {
    ...(device && { device }),
    routes: new Map(routes.filter(({ dst }) => isOurs(dst)).map(route => [route.dst, wayOf(route, name)] as const)),
    neighbours: new Map(neighbours.map(({ dst, lladdr = '' }) => [dst, lladdr] as const)),
    forwarding: new Map(forwarding.flatMap(({ mac, dst }) => (dst === undefined ? [] : [[mac, dst] as const]))),
  };
}

const wayOf = ({ gateway, dev }: Route, vxlanDevice: string): string =>
  dev === vxlanDevice ? `via ${gateway} dev ${dev} onlink` : `via ${gateway}`;

const deviceOf = ({ ifname, address, mtu, linkinfo }: Link): readonly VxlanDevice[] => {
  const { id, local } = linkinfo?.info_data ?? {};
  return id === undefined || local === undefined ? [] : [{ name: ifname, vni: id, localIp: local, mac: address, mtu, address: '' }];
};
