import type { Labels } from '@steersman/labels';
import { controllerOf, type Pod } from '@steersman/types';

/** Pods that no selector tells apart. */
export interface PodClass {
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  /** Uid of the controller. */
  readonly owner: string | undefined;
}

export function podClass(pod: Pod): PodClass {
  const { namespace = '', labels = {} } = pod.metadata;
  const owner = controllerOf(pod)?.uid;
  const key = JSON.stringify([namespace, owner, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
  return { key, namespace, labels, owner };
}
