import { labelSelectorFrom, type LabelSelector } from '@steersman/labels';
import type { Service } from '@steersman/types';
import type { PodClass } from './pod-class.ts';
import type { PodSelection } from './pod-selection.ts';

/** The Services a pod belongs to say which pods it is spread with, when neither it nor a controller does. */
export class ServicePeers {
  /** By namespace, then name. */
  readonly #selectors = new Map<string, Map<string, LabelSelector>>();

  set({ metadata: { namespace = '', name }, spec }: Service): void {
    const all = this.#selectors.get(namespace) ?? new Map<string, LabelSelector>();
    this.#selectors.set(namespace, all);
    if (spec.selector && Object.keys(spec.selector).length > 0) all.set(name, labelSelectorFrom({ matchLabels: spec.selector }));
    else all.delete(name);
  }

  delete({ metadata: { namespace = '', name } }: Service): void {
    this.#selectors.get(namespace)?.delete(name);
  }

  /** Pods that all of its Services select; undefined when it has none. */
  readonly of = ({ namespace, labels, owner }: PodClass): PodSelection | undefined => {
    if (owner) return undefined;
    const own = [...(this.#selectors.get(namespace)?.values() ?? [])].filter(selector => selector.matches(labels));
    if (own.length === 0) return undefined;
    return {
      key: JSON.stringify([namespace, own.map(String).sort()]),
      selects: pod => pod.namespace === namespace && own.every(selector => selector.matches(pod.labels)),
    };
  };
}
