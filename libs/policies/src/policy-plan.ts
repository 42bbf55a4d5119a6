import type { Key } from '@steersman/types';
import type { AddressRange } from './address-ranges.ts';

export interface PortRange {
  readonly protocol: string;
  /** Both ends belong to it. */
  readonly from: number;
  readonly to: number;
}

export interface Endpoint {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
}

/** Who is at the other end. A set keeps its name while its members come and go. */
export type PeerSet =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'ranges'; readonly ranges: readonly AddressRange[] }
  /** For ports by name: the number is another one in each pod. */
  | { readonly kind: 'endpoints'; readonly endpoints: readonly Endpoint[] };

/** One thing that is allowed. */
export type Allowance =
  | {
      readonly kind: 'peers';
      /** Names of sets, of which one must hold the other end. */
      readonly peers: 'anybody' | readonly string[];
      /** Of the receiving end. */
      readonly ports: 'any' | readonly PortRange[];
    }
  | { readonly kind: 'endpoints'; readonly sets: readonly string[] };

export interface IsolatedPod {
  readonly pod: Key;
  readonly addresses: readonly string[];
  /** Names of profiles; absent where the pod is not isolated, so that everything is allowed. */
  readonly ingress?: string;
  readonly egress?: string;
}

/** What policies mean for the pods of one node. */
export interface PolicyPlan {
  /** By key. Pods that no policy selects are not in it. */
  readonly pods: ReadonlyMap<Key, IsolatedPod>;
  /** What is allowed, by profile: anything else is not. */
  readonly profiles: ReadonlyMap<string, readonly Allowance[]>;
  readonly sets: ReadonlyMap<string, PeerSet>;
}
