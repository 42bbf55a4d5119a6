import { createHash } from 'node:crypto';
import type { Peer } from './peers.ts';

/** Marks routes as ours in `ip route`; a number that nobody has in rt_protos. */
export const ROUTE_PROTOCOL = 83;
/** https://www.rfc-editor.org/rfc/rfc7348#section-5: outer Ethernet, IPv4, UDP and VXLAN headers. */
export const VXLAN_OVERHEAD_BYTES = 50;
/** https://www.iana.org/assignments/service-names-port-numbers: vxlan */
const VXLAN_PORT = 4789;

/** What there shall be in the kernel, by what tells one entry from another. */
export interface Entries {
  readonly device?: VxlanDevice;
  /** Destination to the rest of the route. */
  readonly routes: ReadonlyMap<string, string>;
  /** Address on the overlay to hardware address. */
  readonly neighbours: ReadonlyMap<string, string>;
  /** Hardware address to the node's address. */
  readonly forwarding: ReadonlyMap<string, string>;
}

export interface VxlanDevice {
  readonly name: string;
  readonly vni: number;
  readonly localIp: string;
  readonly mac: string;
  readonly mtu: number;
  /** What the node itself is to others on the overlay. */
  readonly address: string;
}

export const NOTHING: Entries = { routes: new Map(), neighbours: new Map(), forwarding: new Map() };

/** Every node is one hop away: its address is the way to its pods. */
export const hostGateway = (own: string, peers: readonly Peer[]): Entries => ({
  ...NOTHING,
  routes: new Map(others(own, peers).flatMap(({ ip, podCidrs }) => podCidrs.map(cidr => [cidr, `via ${ip}`] as const))),
});

export interface VxlanOptions {
  readonly cluster: string;
  readonly own: string;
  readonly peers: readonly Peer[];
  /** Of the way between nodes. */
  readonly linkMtu: number;
}

/** Everything about a peer follows from its Node, so nothing is learnt and nothing flooded; without our own Node there is nothing yet. */
export function vxlan({ cluster, own, peers, linkMtu }: VxlanOptions): Entries {
  const self = peers.find(({ name }) => name === own);
  if (!self) return NOTHING;
  const { name, vni } = vxlanIdentity(cluster);
  const rest = others(own, peers);
  const device = { name, vni, localIp: self.ip, mac: macOf(self.ip), mtu: linkMtu - VXLAN_OVERHEAD_BYTES, address: overlayAddress(self) };
  return {
    device,
    routes: new Map(rest.flatMap(peer => peer.podCidrs.map(cidr => [cidr, `via ${overlayAddress(peer)} dev ${name} onlink`] as const))),
    neighbours: new Map(rest.map(peer => [overlayAddress(peer), macOf(peer.ip)] as const)),
    forwarding: new Map(rest.map(({ ip }) => [macOf(ip), ip] as const)),
  };
}

/** Clusters that share a machine must differ in both. */
export function vxlanIdentity(cluster: string): { readonly name: string; readonly vni: number } {
  const digest = createHash('sha256').update(cluster).digest();
  return { name: `sx-${digest.toString('hex').slice(0, 6)}`, vni: Math.max(1, digest.readUIntBE(0, 3)) };
}

/** The first address of a node's pods, which no pod gets. */
const overlayAddress = ({ podCidrs: [cidr = ''] }: Peer): string => cidr.split('/')[0] ?? '';

/** Locally administered (IEEE 802: second bit of the first octet), with the node's IPv4 address in it. */
const macOf = (ip: string): string => ['0a', '53', ...ip.split('.').map(part => Number(part).toString(16).padStart(2, '0'))].join(':');

const others = (own: string, peers: readonly Peer[]): readonly Peer[] => peers.filter(({ name }) => name !== own);

export interface Commands {
  readonly ip: readonly string[];
  readonly bridge: readonly string[];
}

/** The fewest commands that make `found` what is `wanted`; what goes does so first. */
export function changes(found: Entries, wanted: Entries): Commands {
  const device = wanted.device ?? found.device;
  const isNew = !isSameLink(found.device, wanted.device);
  const before = isNew ? { ...NOTHING, routes: found.routes } : found;
  const on = `dev ${device?.name}`;
  const protocol = `proto ${ROUTE_PROTOCOL}`;
  return {
    ip: [
      ...(isNew && found.device ? [`link delete ${found.device.name}`] : []),
      ...gone(before.routes, wanted.routes).map(cidr => `route delete ${cidr} ${protocol}`),
      ...(isNew ? [] : gone(before.neighbours, wanted.neighbours).map(address => `neighbour delete ${address} ${on}`)),
      ...(isNew && wanted.device ? deviceCommands(wanted.device) : []),
      ...fresh(before.neighbours, wanted.neighbours).map(
        ([address, mac]) => `neighbour replace ${address} lladdr ${mac} ${on} nud permanent`,
      ),
      ...fresh(before.routes, wanted.routes).map(([cidr, way]) => `route replace ${cidr} ${way} ${protocol}`),
    ],
    bridge: [
      ...(isNew ? [] : gone(before.forwarding, wanted.forwarding).map(mac => `fdb delete ${mac} ${on}`)),
      ...fresh(before.forwarding, wanted.forwarding).map(([mac, ip]) => `fdb replace ${mac} ${on} dst ${ip}`),
    ],
  };
}

const deviceCommands = ({ name, vni, localIp, mac, mtu, address }: VxlanDevice): readonly string[] => [
  `link add ${name} address ${mac} mtu ${mtu} type vxlan id ${vni} dstport ${VXLAN_PORT} nolearning local ${localIp}`,
  `address add ${address}/32 dev ${name}`,
  `link set ${name} up`,
];

const isSameLink = (one: VxlanDevice | undefined, other: VxlanDevice | undefined): boolean =>
  JSON.stringify(one && identity(one)) === JSON.stringify(other && identity(other));

const identity = ({ name, vni, localIp, mac, mtu }: VxlanDevice): readonly unknown[] => [name, vni, localIp, mac, mtu];

const gone = (found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): readonly string[] =>
  [...found.keys()].filter(key => !wanted.has(key));

const fresh = (found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): readonly (readonly [string, string])[] =>
  [...wanted].filter(([key, value]) => found.get(key) !== value);
