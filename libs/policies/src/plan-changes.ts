import { jsonEquals, type Key } from '@steersman/types';
import type { Allowance, IsolatedPod, PeerSet, PolicyPlan } from './policy-plan.ts';

export interface Difference<K, V> {
  readonly set: ReadonlyMap<K, V>;
  readonly removed: readonly K[];
}

/** What an enforcer of `prev` has to do for `next`. Removed sets and profiles are used by nothing that stays. */
export interface PlanChanges {
  readonly pods: Difference<Key, IsolatedPod>;
  readonly profiles: Difference<string, readonly Allowance[]>;
  readonly sets: Difference<string, PeerSet>;
}

export const planChanges = (prev: PolicyPlan, next: PolicyPlan): PlanChanges => ({
  pods: difference(prev.pods, next.pods),
  profiles: difference(prev.profiles, next.profiles),
  sets: difference(prev.sets, next.sets),
});

function difference<K, V>(prev: ReadonlyMap<K, V>, next: ReadonlyMap<K, V>): Difference<K, V> {
  return {
    set: new Map([...next].filter(([key, value]) => !prev.has(key) || !jsonEquals(prev.get(key), value))),
    removed: [...prev.keys()].filter(key => !next.has(key)),
  };
}
