import type { Endpoint, EndpointSlice } from '@steersman/types';
import { type Backend, canonical, type Family, hostPort, type Protocol } from './forwarding.ts';

/** The node the rules are for. */
export interface Place {
  readonly nodeName: string;
  readonly zone?: string;
}

export interface PortOfService {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly name: string;
}

export interface Choice {
  /** For traffic that may go to any node. */
  readonly anywhere: readonly Backend[];
  /** For traffic that has to stay on the node. */
  readonly here: readonly Backend[];
}

interface Candidate extends Backend {
  readonly ready: boolean;
  readonly leaving: boolean;
  readonly zones?: readonly string[];
  readonly nodes?: readonly string[];
}

/**
 * The backends of a port. Endpoints on their way out that still serve are used only where no ready one is left, so that a
 * rolling update of the last pod loses nothing.
 */
export function chooseBackends(slices: readonly EndpointSlice[], port: PortOfService, place: Place): Choice {
  const all = candidates(slices, port, place);
  const ready = all.filter(candidate => candidate.ready);
  const leaving = all.filter(candidate => candidate.leaving);
  const hereReady = ready.filter(({ local }) => local);
  return {
    anywhere: (ready.length > 0 ? near(ready, place) : leaving).map(plain),
    here: (hereReady.length > 0 ? hereReady : leaving.filter(({ local }) => local)).map(plain),
  };
}

const plain = ({ address, port, local }: Candidate): Backend => ({ address, port, local });

function candidates(slices: readonly EndpointSlice[], { family, protocol, name }: PortOfService, place: Place): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { addressType, ports = [], endpoints = [], metadata } of slices) {
    if (addressType !== (family === 'ip' ? 'IPv4' : 'IPv6') || metadata.deletionTimestamp) continue;
    const number = ports.find(port => (port.name ?? '') === name && (port.protocol ?? 'TCP').toLowerCase() === protocol)?.port;
    if (number === undefined) continue;
    for (const endpoint of endpoints) {
      const candidate = candidateOf(endpoint, number, place);
      const key = candidate && hostPort(candidate.address, number);
      // While an endpoint moves between slices it may be in both: what says ready is the newer.
      if (key && !found.get(key)?.ready) found.set(key, candidate);
    }
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port));
}

function candidateOf({ addresses, conditions = {}, hints, nodeName }: Endpoint, port: number, place: Place): Candidate | undefined {
  const address = addresses[0]; // consumers must use the first only (discovery/v1, Endpoint.addresses)
  if (!address) return undefined;
  const ready = conditions.ready ?? true;
  const serving = conditions.serving ?? ready;
  return {
    address: canonical(address),
    port,
    local: nodeName === place.nodeName,
    ready,
    leaving: !ready && serving && conditions.terminating === true,
    ...(hints?.forZones && { zones: hints.forZones.map(({ name }) => name) }),
    ...(hints?.forNodes && { nodes: hints.forNodes.map(({ name }) => name) }),
  };
}

/** Hints count only if every endpoint has them and one names this place: else some endpoint would get too little or too much. */
function near(ready: readonly Candidate[], { nodeName, zone }: Place): readonly Candidate[] {
  const onNode = ready.filter(({ nodes }) => nodes?.includes(nodeName));
  if (onNode.length > 0 && ready.every(({ nodes = [] }) => nodes.length > 0)) return onNode;
  const inZone = ready.filter(({ zones }) => zone !== undefined && zones?.includes(zone));
  return inZone.length > 0 && ready.every(({ zones = [] }) => zones.length > 0) ? inZone : ready;
}
