import { type LabelRequirement, LabelSelector, labelSelectorFrom } from '@steersman/labels';
import type {
  LabelSelector as SelectorSpec,
  Pod,
  PodAffinityTerm,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from '@steersman/types';

export type Labels = Readonly<Record<string, string>>;

/** What other pods see of a pod. */
export interface PodFacts {
  readonly namespace: string;
  readonly labels: Labels;
  /** On its way out: it counts for spreading no more. */
  readonly leaving: boolean;
  readonly rules: PodRules | undefined;
}

/** Some pods, within the domain of one label of nodes. */
export interface PodTerm {
  /** Equal for terms that mean the same. */
  readonly key: string;
  readonly topologyKey: string;
  /** Namespaces it may match in; undefined is any. */
  readonly namespaces: readonly string[] | undefined;
  matches(pod: PodFacts): boolean;
}

export interface SpreadRule {
  readonly term: PodTerm;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly isHard: boolean;
  /** Whether nodes the pod may not go to for these reasons count all the same. */
  readonly ignoresAffinity: boolean;
  readonly ignoresTaints: boolean;
}

/** What a pod says about the pods beside it. */
export interface PodRules {
  readonly key: string;
  readonly affinity: readonly PodTerm[];
  readonly antiAffinity: readonly PodTerm[];
  /** A weight below 0 is an aversion. */
  readonly preferred: readonly { readonly term: PodTerm; readonly weight: number }[];
  readonly spread: readonly SpreadRule[];
}

/** Labels of a namespace, as they are now. */
export type NamespaceLabels = (namespace: string) => Labels;

export const podFacts = (pod: Pod, namespaceLabels: NamespaceLabels): PodFacts => ({
  namespace: pod.metadata.namespace ?? '',
  labels: pod.metadata.labels ?? {},
  leaving: pod.metadata.deletionTimestamp !== undefined,
  rules: podRules(pod, namespaceLabels),
});

/** Undefined for the many pods that say nothing about others. */
function podRules({ metadata, spec }: Pod, namespaceLabels: NamespaceLabels): PodRules | undefined {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const owner: Owner = { namespace: metadata.namespace ?? '', labels: metadata.labels ?? {}, namespaceLabels };
  const term = (found: PodAffinityTerm): PodTerm => affinityTerm(found, owner);
  const weighted = (terms: readonly WeightedPodAffinityTerm[] | undefined, sign: 1 | -1): PodRules['preferred'] =>
    (terms ?? []).map(({ weight, podAffinityTerm }) => ({ term: term(podAffinityTerm), weight: sign * weight }));
  const affinity = (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term);
  const antiAffinity = (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term);
  const preferred = [
    ...weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1),
    ...weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
  ];
  const spread = (spec.topologySpreadConstraints ?? []).map(constraint => spreadRule(constraint, owner));
  if (affinity.length + antiAffinity.length + preferred.length + spread.length === 0) return undefined;
  const key = JSON.stringify([owner.namespace, metadata.labels, podAffinity, podAntiAffinity, spec.topologySpreadConstraints]);
  return { key, affinity, antiAffinity, preferred, spread };
}

interface Owner {
  readonly namespace: string;
  readonly labels: Labels;
  readonly namespaceLabels: NamespaceLabels;
}

function affinityTerm(term: PodAffinityTerm, owner: Owner): PodTerm {
  const { topologyKey, labelSelector, namespaceSelector, namespaces = [], matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const selector = selectorOf(labelSelector, [
    ...ownValues(owner.labels, matchLabelKeys, 'In'),
    ...ownValues(owner.labels, mismatchLabelKeys, 'NotIn'),
  ]);
  const named = namespaces.length === 0 && !namespaceSelector ? [owner.namespace] : namespaces;
  const inNamespaces = namespaceSelector && labelSelectorFrom(namespaceSelector);
  const isMeant = (namespace: string): boolean =>
    named.includes(namespace) || (inNamespaces?.matches(owner.namespaceLabels(namespace)) ?? false);
  return {
    key: JSON.stringify([topologyKey, named, inNamespaces?.toString(), selector?.toString()]),
    topologyKey,
    namespaces: inNamespaces ? undefined : named,
    matches: pod => selector !== undefined && isMeant(pod.namespace) && selector.matches(pod.labels),
  };
}

/** A selector that is absent selects nothing, an empty one everything. */
const selectorOf = (spec: SelectorSpec | undefined, more: readonly LabelRequirement[]): LabelSelector | undefined =>
  spec && new LabelSelector([...labelSelectorFrom(spec).requirements, ...more]);

const ownValues = (labels: Labels, keys: readonly string[], operator: 'In' | 'NotIn'): readonly LabelRequirement[] =>
  keys.flatMap(key => (labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]));

function spreadRule(constraint: TopologySpreadConstraint, { namespace, labels }: Owner): SpreadRule {
  const { topologyKey, labelSelector, matchLabelKeys = [] } = constraint;
  const selector = selectorOf(labelSelector, ownValues(labels, matchLabelKeys, 'In'));
  return {
    term: {
      key: JSON.stringify(['spread', topologyKey, namespace, selector?.toString()]),
      topologyKey,
      namespaces: [namespace],
      matches: pod => selector !== undefined && pod.namespace === namespace && !pod.leaving && selector.matches(pod.labels),
    },
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    isHard: constraint.whenUnsatisfiable === 'DoNotSchedule',
    ignoresAffinity: constraint.nodeAffinityPolicy === 'Ignore',
    ignoresTaints: constraint.nodeTaintsPolicy !== 'Honor',
  };
}
