import { type LabelSelector, labelSelectorFrom, type Labels } from '@steersman/labels';
import type { IPBlock, LabelSelector as LabelSelectorSpec, NetworkPolicyPeer } from '@steersman/types';
import { blockRanges } from './address-ranges.ts';
import type { PodFacts } from './pod-facts.ts';
import type { PeerSet } from './policy-plan.ts';

export interface NamedPortRef {
  readonly name: string;
  readonly protocol: string;
}

export interface PeerWorld {
  readonly pods: readonly PodFacts[];
  /** Labels of namespaces by name. */
  readonly namespaces: ReadonlyMap<string, Labels>;
}

const EVERYBODY: NetworkPolicyPeer = { namespaceSelector: {} };

/** The sets that a plan's profiles refer to. Equal peers of different policies share one. */
export class PeerSets {
  readonly sets = new Map<string, PeerSet>();
  readonly #podsByNamespace: ReadonlyMap<string, readonly PodFacts[]>;
  readonly #namespaces: ReadonlyMap<string, Labels>;
  readonly #selected = new Map<string, readonly PodFacts[]>();

  constructor({ pods, namespaces }: PeerWorld) {
    this.#podsByNamespace = Map.groupBy(pods, ({ namespace }) => namespace);
    this.#namespaces = namespaces;
  }

  /** Name of the set of a peer of a policy in `namespace`. */
  of(peer: NetworkPolicyPeer, namespace: string): string {
    if (peer.ipBlock) return this.#block(peer.ipBlock);
    const name = podsName(peer, namespace);
    if (!this.sets.has(name)) {
      const addresses = this.#pods(peer, namespace).flatMap(pod => pod.addresses);
      this.sets.set(name, { kind: 'addresses', addresses: [...new Set(addresses)].sort() });
    }
    return name;
  }

  /** Name of the set of the ports of that name of a peer's pods, or of all pods; undefined for blocks: their ports have no names. */
  namedPort(port: NamedPortRef, peer: NetworkPolicyPeer = EVERYBODY, namespace = ''): string | undefined {
    if (peer.ipBlock) return undefined;
    const name = `${podsName(peer, namespace)} port ${port.name}/${port.protocol}`;
    if (!this.sets.has(name)) {
      const endpoints = this.#pods(peer, namespace).flatMap(({ addresses, ports }) =>
        ports
          .filter(own => own.name === port.name && own.protocol === port.protocol)
          .flatMap(own => addresses.map(address => ({ address, protocol: own.protocol, port: own.port }))),
      );
      this.sets.set(name, { kind: 'endpoints', endpoints });
    }
    return name;
  }

  #block(block: IPBlock): string {
    const name = `block ${[block.cidr, ...(block.except ?? [])].join(' - ')}`;
    if (!this.sets.has(name)) this.sets.set(name, { kind: 'ranges', ranges: blockRanges(block) });
    return name;
  }

  #pods(peer: NetworkPolicyPeer, namespace: string): readonly PodFacts[] {
    const name = podsName(peer, namespace);
    const known = this.#selected.get(name);
    if (known) return known;
    const pods = labelSelectorFrom(peer.podSelector ?? {});
    const selected = this.#namespacesOf(peer, namespace).flatMap(found => selectPods(this.#podsByNamespace.get(found), pods));
    this.#selected.set(name, selected);
    return selected;
  }

  #namespacesOf({ namespaceSelector }: NetworkPolicyPeer, namespace: string): readonly string[] {
    if (!namespaceSelector) return [namespace];
    const selector = labelSelectorFrom(namespaceSelector);
    return [...this.#namespaces].flatMap(([name, labels]) => (selector.matches(labels) ? [name] : []));
  }
}

export const selectPods = (pods: readonly PodFacts[] | undefined, selector: LabelSelector): readonly PodFacts[] =>
  (pods ?? []).filter(({ labels }) => selector.matches(labels));

/** Says who is in it, so that equal peers have equal names. */
function podsName({ namespaceSelector, podSelector }: NetworkPolicyPeer, namespace: string): string {
  const where = namespaceSelector ? `{${textOf(namespaceSelector)}}` : namespace;
  return `pods ${where} {${textOf(podSelector)}}`;
}

const textOf = (selector: LabelSelectorSpec | undefined): string => labelSelectorFrom(selector ?? {}).toString();
