import type { Labels } from '@steersman/labels';
import { type Container, type Key, keyOf, type Pod } from '@steersman/types';

export interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** What policies need to know of a pod. */
export interface PodFacts {
  readonly key: Key;
  readonly namespace: string;
  readonly labels: Labels;
  readonly addresses: readonly string[];
  readonly ports: readonly NamedPort[];
  readonly nodeName: string;
}

/**
 * undefined for pods that policies do not reach: those in the node's own network, whose address is everybody's there; those that
 * have ended, whose address may belong to another pod by now; and those without one yet.
 */
export function podFacts(pod: Pod): PodFacts | undefined {
  const { metadata, spec, status } = pod;
  const addresses = (status.podIPs ?? [{ ip: status.podIP }]).flatMap(({ ip }) => ip || []);
  const hasEnded = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (spec.hostNetwork || hasEnded || addresses.length === 0) return undefined;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return {
    key: keyOf(pod),
    namespace: metadata.namespace ?? '',
    labels: metadata.labels ?? {},
    addresses,
    ports: [...spec.containers, ...sidecars].flatMap(namedPorts),
    nodeName: spec.nodeName ?? '',
  };
}

const namedPorts = ({ ports = [] }: Container): readonly NamedPort[] =>
  ports.flatMap(({ name, protocol = 'TCP', containerPort }) => (name ? [{ name, protocol, port: containerPort }] : []));
