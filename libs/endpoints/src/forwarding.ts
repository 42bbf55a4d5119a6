export type Family = 'ip' | 'ip6';
export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface Backend {
  readonly address: string;
  readonly port: number;
  /** On the node the rules are for. */
  readonly local: boolean;
}

/** Where connections from one side go; without backends they are refused, or dropped so that somebody else's answer counts. */
export interface Route {
  readonly backends: readonly Backend[];
  readonly otherwise: 'refuse' | 'drop';
}

/** What becomes of connections to one address, protocol and port. */
export interface Forwarding {
  readonly family: Family;
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** The address is the Service's own, not one it shares with a node or the world. */
  readonly clusterIp: boolean;
  readonly route: Route;
  /** For what comes from outside the cluster, if that goes elsewhere (`externalTrafficPolicy: Local`). */
  readonly fromOutside?: Route;
  /** The client gets the node's address, so that answers come back this way. */
  readonly masquerade: boolean;
  /** A client stays with its backend until it has been quiet so long. */
  readonly affinitySeconds?: number;
  /** Only these networks may connect, if told. */
  readonly sources?: readonly string[];
}

export const familyOf = (address: string): Family => (address.includes(':') ? 'ip6' : 'ip');

/** The one spelling that kernel tools use as well. */
export const canonical = (address: string): string =>
  familyOf(address) === 'ip' ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);

/** `host:port`, and `[host]:port` for IPv6. */
export const hostPort = (address: string, port: number): string =>
  familyOf(address) === 'ip' ? `${address}:${port}` : `[${address}]:${port}`;
