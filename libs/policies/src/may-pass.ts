import { parseIp } from '@steersman/types';
import type { Allowance, IsolatedPod, PeerSet, PolicyPlan } from './policy-plan.ts';

/** The first packet of a connection, from pod to pod or from and to anywhere else: its Service has been resolved. */
export interface Packet {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  /** Of the receiving end. */
  readonly port: number;
}

/**
 * Whether the plan of one node lets a packet through; it must pass those of both ends. A pod always reaches itself. That a node reaches
 * its own pods, as probes must, is the enforcer's to see to: a plan does not know the node's addresses.
 */
export function mayPass(plan: PolicyPlan, packet: Packet): boolean {
  if (packet.from === packet.to) return true;
  const at = (address: string): IsolatedPod | undefined => [...plan.pods.values()].find(({ addresses }) => addresses.includes(address));
  const profiles = [
    { name: at(packet.from)?.egress, other: packet.to },
    { name: at(packet.to)?.ingress, other: packet.from },
  ];
  return profiles.every(({ name, other }) => {
    if (name === undefined) return true;
    return (plan.profiles.get(name) ?? []).some(allowance => allows(plan, allowance, { packet, other }));
  });
}

interface Question {
  readonly packet: Packet;
  /** The address at the other end of the pod that the profile belongs to. */
  readonly other: string;
}

function allows({ sets }: PolicyPlan, allowance: Allowance, { packet, other }: Question): boolean {
  const holds = (name: string): boolean => {
    const set = sets.get(name);
    return set !== undefined && hasMember(set, { packet, other });
  };
  if (allowance.kind === 'endpoints') return allowance.sets.some(holds);
  const { peers, ports } = allowance;
  return (peers === 'anybody' || peers.some(holds)) && (ports === 'any' || ports.some(range => isWithin(range, packet)));
}

const isWithin = ({ protocol, from, to }: { protocol: string; from: number; to: number }, packet: Packet): boolean =>
  protocol === packet.protocol && packet.port >= from && packet.port <= to;

function hasMember(set: PeerSet, { packet, other }: Question): boolean {
  switch (set.kind) {
    case 'addresses':
      return set.addresses.includes(other);
    case 'ranges':
      return set.ranges.some(({ from, to }) => isBetween(other, from, to));
    case 'endpoints':
      return set.endpoints.some(({ address, protocol, port }) => address === other && protocol === packet.protocol && port === packet.port);
  }
}

function isBetween(address: string, from: string, to: string): boolean {
  const [value, low, high] = [address, from, to].map(parseIp);
  return value !== undefined && value.family === low?.family && value.value >= low.value && value.value <= (high?.value ?? -1n);
}
