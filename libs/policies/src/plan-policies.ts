import { labelSelectorFrom, type Labels } from '@steersman/labels';
import type { Key, Namespace, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod } from '@steersman/types';
import { PeerSets, selectPods } from './peer-sets.ts';
import { podFacts, type PodFacts } from './pod-facts.ts';
import type { Allowance, IsolatedPod, PolicyPlan, PortRange } from './policy-plan.ts';

export interface PolicyWorld {
  readonly policies: readonly NetworkPolicy[];
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  /** Whose pods are planned for; those of other nodes are peers only. */
  readonly nodeName: string;
}

type Direction = 'ingress' | 'egress';

/** A rule of either direction. */
interface Rule {
  readonly peers: readonly NetworkPolicyPeer[];
  readonly ports: readonly NetworkPolicyPort[];
}

const MAX_PORT = 65_535;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/**
 * A pod is isolated in a direction when a policy of its namespace that speaks of this direction selects it; then it may do what any
 * of those policies allows, and nothing else. Rules see addresses and ports of pods, that is, of packets whose Service has been resolved.
 */
export function planPolicies({ policies, pods, namespaces, nodeName }: PolicyWorld): PolicyPlan {
  const known = pods.flatMap(pod => podFacts(pod) ?? []);
  const labels = new Map<string, Labels>(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const peers = new PeerSets({ pods: known, namespaces: labels });
  const profiles = new Map<string, readonly Allowance[]>();
  const isolated = new Map<Key, IsolatedPod>();
  const selecting = selectingPolicies(
    policies,
    known.filter(pod => pod.nodeName === nodeName),
  );

  for (const [pod, own] of selecting) {
    const profileOf = (direction: Direction): string | undefined => {
      const speaking = own.filter(policy => speaksOf(policy, direction));
      if (speaking.length === 0) return undefined;
      const name = profileName(direction, speaking, pod);
      if (!profiles.has(name))
        profiles.set(
          name,
          speaking.flatMap(policy => allowances(policy, direction, { pod, peers })),
        );
      return name;
    };
    const [ingress, egress] = [profileOf('ingress'), profileOf('egress')];
    isolated.set(pod.key, {
      pod: pod.key,
      addresses: pod.addresses,
      ...(ingress !== undefined && { ingress }),
      ...(egress !== undefined && { egress }),
    });
  }
  return { pods: isolated, profiles, sets: peers.sets };
}

/** Only pods that any policy selects, with those that do, in the order of their names. */
function selectingPolicies(policies: readonly NetworkPolicy[], pods: readonly PodFacts[]): ReadonlyMap<PodFacts, readonly NetworkPolicy[]> {
  const podsByNamespace = Map.groupBy(pods, ({ namespace }) => namespace);
  const selecting = new Map<PodFacts, NetworkPolicy[]>();
  const ordered = [...policies].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const policy of ordered) {
    const selector = labelSelectorFrom(policy.spec.podSelector ?? {});
    for (const pod of selectPods(podsByNamespace.get(policy.metadata.namespace ?? ''), selector)) {
      const own = selecting.get(pod);
      if (own) own.push(policy);
      else selecting.set(pod, [policy]);
    }
  }
  return selecting;
}

function speaksOf({ spec: { policyTypes, egress } }: NetworkPolicy, direction: Direction): boolean {
  if (direction === 'egress') return policyTypes ? policyTypes.includes('Egress') : (egress ?? []).length > 0;
  return policyTypes?.includes('Ingress') ?? true;
}

const rulesOf = ({ spec }: NetworkPolicy, direction: Direction): readonly Rule[] =>
  direction === 'ingress'
    ? (spec.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports }))
    : (spec.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }));

/** The same for all pods that the same policies mean the same for: ports by name are another number in another pod. */
function profileName(direction: Direction, policies: readonly NetworkPolicy[], pod: PodFacts): string {
  const names = policies.map(({ metadata }) => metadata.name).join('+');
  if (direction === 'egress') return `egress ${pod.namespace}/${names}`;
  const named = policies
    .flatMap(policy => rulesOf(policy, direction))
    .flatMap(({ ports }) => ports.filter(({ port }) => typeof port === 'string'));
  const numbers = [...new Set(named.flatMap(port => ownPorts(pod, port).map(({ from, protocol }) => `${port.port}=${from}/${protocol}`)))];
  return [`ingress ${pod.namespace}/${names}`, ...numbers.sort()].join(' ');
}

interface Sources {
  readonly pod: PodFacts;
  readonly peers: PeerSets;
}

function allowances(policy: NetworkPolicy, direction: Direction, { pod, peers }: Sources): readonly Allowance[] {
  const namespace = policy.metadata.namespace ?? '';
  return rulesOf(policy, direction).flatMap(rule => {
    const named = rule.ports.filter(({ port }) => typeof port === 'string');
    const numbered = rule.ports.filter(({ port }) => typeof port !== 'string').flatMap(portRanges);
    const ranges = direction === 'ingress' ? [...numbered, ...named.flatMap(port => ownPorts(pod, port))] : numbered;
    const byNumber = rule.ports.length === 0 || ranges.length > 0 ? [byPeers(rule, ranges, name => peers.of(name, namespace))] : [];
    return direction === 'ingress' ? byNumber : [...byNumber, ...byEndpoints(rule, named, { namespace, peers })];
  });
}

const byPeers = (rule: Rule, ranges: readonly PortRange[], nameOf: (peer: NetworkPolicyPeer) => string): Allowance => ({
  kind: 'peers',
  peers: rule.peers.length === 0 ? 'anybody' : [...new Set(rule.peers.map(nameOf))],
  ports: rule.ports.length === 0 ? 'any' : ranges,
});

function byEndpoints(
  rule: Rule,
  named: readonly NetworkPolicyPort[],
  { namespace, peers }: { readonly namespace: string; readonly peers: PeerSets },
): readonly Allowance[] {
  const sets = named.flatMap(({ port, protocol = 'TCP' }) => {
    const wanted = { name: String(port), protocol };
    if (rule.peers.length === 0) return peers.namedPort(wanted) ?? [];
    return rule.peers.flatMap(peer => peers.namedPort(wanted, peer, namespace) ?? []);
  });
  return sets.length === 0 ? [] : [{ kind: 'endpoints', sets: [...new Set(sets)] }];
}

/** A port without a number is all of its protocol. */
function portRanges({ protocol = 'TCP', port, endPort }: NetworkPolicyPort): readonly PortRange[] {
  if (!PROTOCOLS.some(known => known === protocol)) return [];
  if (typeof port !== 'number') return [{ protocol, from: 0, to: MAX_PORT }];
  return [{ protocol, from: port, to: endPort ?? port }];
}

const ownPorts = ({ ports }: PodFacts, { port, protocol = 'TCP' }: NetworkPolicyPort): readonly PortRange[] =>
  ports.filter(own => own.name === port && own.protocol === protocol).map(own => ({ protocol, from: own.port, to: own.port }));
