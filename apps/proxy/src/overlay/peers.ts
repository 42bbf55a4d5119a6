import { isIPv4, isIPv6 } from 'node:net';
import type { Node } from '@steersman/types';

/** A node's address and the ranges of its pods, of one address family. */
export interface Peer {
  readonly name: string;
  readonly ip: string;
  readonly podCidrs: readonly string[];
}

/** A node without an address or pods of the family is nobody's peer. */
export function peersOf(nodes: readonly Node[], family: 4 | 6): readonly Peer[] {
  const isOurs = family === 4 ? isIPv4 : isIPv6;
  return nodes
    .flatMap(({ metadata, spec, status }) => {
      const ip = status.addresses?.find(({ type, address }) => type === 'InternalIP' && isOurs(address))?.address;
      const podCidrs = (spec.podCIDRs ?? [spec.podCIDR ?? '']).filter(cidr => isOurs(cidr.split('/')[0] ?? ''));
      return ip === undefined || podCidrs.length === 0 ? [] : [{ name: metadata.name, ip, podCidrs }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What decides how others reach the node; its many other changes do not matter here. */
export const placeOf = (node: Node | undefined): string =>
  JSON.stringify(node && [node.spec.podCIDRs ?? node.spec.podCIDR, node.status.addresses]);
