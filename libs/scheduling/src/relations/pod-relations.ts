import type { Pod, PodAffinityTerm, PodSpec, TopologySpreadConstraint, WeightedPodAffinityTerm } from '@steersman/types';
import type { PodClass } from './pod-class.ts';
import { allOf, podSelection, type PodSelection, sameOwner } from './pod-selection.ts';

/** Pods, seen by the domains of a topology: by host, by zone. */
export interface Term {
  readonly selection: PodSelection;
  readonly topologyKey: string;
}

export interface Preference extends Term {
  /** Negative for where the pod would rather not be. */
  readonly weight: number;
}

export interface SpreadConstraint extends Term {
  readonly maxSkew: number;
  readonly minDomains: number;
  /** Nodes the pod could not go to do not count. */
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
  /** A node without the label of the topology is no worse for it. */
  readonly isDefault: boolean;
}

/** What a pod says about the pods around it. */
export interface PodRelations {
  /** A pod of the selection must be in the domain, for each. */
  readonly affinity: readonly Term[];
  /** No pod of the selection may be in the domain, for each. */
  readonly antiAffinity: readonly Term[];
  readonly preferences: readonly Preference[];
  readonly spread: readonly SpreadConstraint[];
  readonly softSpread: readonly SpreadConstraint[];
}

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
/** Upstream's, for pods that say nothing of their own. */
const DEFAULT_SPREAD = [
  { topologyKey: HOST, maxSkew: 3 },
  { topologyKey: ZONE, maxSkew: 5 },
] as const;

/** `peers` are the pods it is spread with when it says nothing itself: those of its Services, if it has no controller. */
export function podRelations({ spec }: Pod, self: PodClass, peers: PodSelection | undefined): PodRelations {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const required = (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term => termOf(term, self));
  // A pod counts for one of the terms only if it meets them all, as upstream has it.
  const together = allOf(required.map(({ selection }) => selection));
  const spread = (spec.topologySpreadConstraints ?? []).map(constraint => ({ hard: isHard(constraint), ...spreadOf(constraint, self) }));
  return {
    affinity: required.map(({ topologyKey }) => ({ selection: together, topologyKey })),
    antiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term => termOf(term, self)),
    preferences: [
      ...weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, self, 1),
      ...weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, self, -1),
    ],
    spread: spread.filter(({ hard }) => hard),
    softSpread: spread.length > 0 ? spread.filter(({ hard }) => !hard) : defaultSpread(self, peers),
  };
}

/** What of the specification the relations are made of, as text. */
export const relationsKey = ({ affinity, topologySpreadConstraints }: PodSpec): string =>
  JSON.stringify([affinity?.podAffinity, affinity?.podAntiAffinity, topologySpreadConstraints]);

export const termKey = ({ selection, topologyKey }: Term): string => `${topologyKey} ${selection.key}`;

const termOf = (term: PodAffinityTerm, self: PodClass): Term => ({ selection: podSelection(term, self), topologyKey: term.topologyKey });

const weighted = (terms: readonly WeightedPodAffinityTerm[] = [], self: PodClass, sign: 1 | -1): readonly Preference[] =>
  terms.map(({ weight, podAffinityTerm }) => ({ ...termOf(podAffinityTerm, self), weight: sign * weight }));

const isHard = ({ whenUnsatisfiable }: TopologySpreadConstraint): boolean => whenUnsatisfiable !== 'ScheduleAnyway';

const spreadOf = (constraint: TopologySpreadConstraint, self: PodClass): SpreadConstraint => ({
  selection: podSelection(constraint, self),
  topologyKey: constraint.topologyKey,
  maxSkew: constraint.maxSkew,
  minDomains: constraint.minDomains ?? 1,
  honorsAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
  honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
  isDefault: false,
});

function defaultSpread(self: PodClass, peers: PodSelection | undefined): readonly SpreadConstraint[] {
  const selection = self.owner ? sameOwner(self) : peers;
  if (!selection) return [];
  const usual = { minDomains: 1, honorsAffinity: true, honorsTaints: false, isDefault: true };
  return DEFAULT_SPREAD.map(constraint => ({ ...usual, ...constraint, selection }));
}
