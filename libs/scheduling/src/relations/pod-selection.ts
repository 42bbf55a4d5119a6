import { type LabelRequirement, LabelSelector, type Labels, labelSelectorFrom, type LabelSelectorSpec } from '@steersman/labels';
import type { PodClass } from './pod-class.ts';

/** The labels of a namespace, none for one that is not known. */
export type NamespaceLabels = (namespace: string) => Labels;

/** Which pods a term is about. */
export interface PodSelection {
  /** Equal for selections of the same pods. */
  readonly key: string;
  selects(pod: PodClass, labelsOf: NamespaceLabels): boolean;
}

export interface SelectionSpec {
  readonly labelSelector?: LabelSelectorSpec | undefined;
  readonly matchLabelKeys?: readonly string[] | undefined;
  readonly mismatchLabelKeys?: readonly string[] | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly namespaceSelector?: LabelSelectorSpec | undefined;
}

/** Without a selector no pod is meant; without namespaces, those of the pod that says it. */
export function podSelection(spec: SelectionSpec, speaker: PodClass): PodSelection {
  const { labelSelector, namespaceSelector, namespaces = [] } = spec;
  if (!labelSelector) return { key: 'nothing', selects: () => false };
  const selector = new LabelSelector([...labelSelectorFrom(labelSelector).requirements, ...ownLabels(spec, speaker)]);
  const spaces = namespaceSelector && labelSelectorFrom(namespaceSelector);
  const named = namespaces.length === 0 && !spaces ? [speaker.namespace] : [...namespaces].sort();
  return {
    key: JSON.stringify([named, spaces?.toString(), selector.toString()]),
    selects: ({ namespace, labels }, labelsOf) =>
      (named.includes(namespace) || (spaces?.matches(labelsOf(namespace)) ?? false)) && selector.matches(labels),
  };
}

/** Pods that all of the selections mean. */
export const allOf = (selections: readonly PodSelection[]): PodSelection => ({
  key: JSON.stringify(selections.map(({ key }) => key)),
  selects: (pod, labelsOf) => selections.every(selection => selection.selects(pod, labelsOf)),
});

/** Pods of the same controller. */
export const sameOwner = ({ owner, namespace }: PodClass): PodSelection => ({
  key: `owner ${owner}`,
  selects: pod => pod.owner === owner && pod.namespace === namespace,
});

/** Labels whose value is that of the pod which says it; one it does not have is passed over. */
function ownLabels({ matchLabelKeys = [], mismatchLabelKeys = [] }: SelectionSpec, { labels }: PodClass): readonly LabelRequirement[] {
  const requirement = (key: string, operator: 'In' | 'NotIn'): readonly LabelRequirement[] => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  };
  return [...matchLabelKeys.flatMap(key => requirement(key, 'In')), ...mismatchLabelKeys.flatMap(key => requirement(key, 'NotIn'))];
}
