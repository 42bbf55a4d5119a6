import type { Taint, Toleration } from '@steersman/types';

/** What a node marked unschedulable is taken to carry, so that a toleration lets a pod in all the same. */
export const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

const tolerates = ({ effect, key, operator, value }: Toleration, taint: Taint): boolean =>
  (!effect || effect === taint.effect) &&
  (!key || key === taint.key) &&
  (operator === 'Exists' || ((operator ?? 'Equal') === 'Equal' && (value ?? '') === (taint.value ?? '')));

export const isTolerated = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  tolerations.some(toleration => tolerates(toleration, taint));

/** Taints that keep new pods away. */
export const isRepelled = (taints: readonly Taint[], tolerations: readonly Toleration[]): boolean =>
  taints.some(taint => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !isTolerated(taint, tolerations));

/** How many reasons there are to prefer another node. */
export const reluctance = (taints: readonly Taint[], tolerations: readonly Toleration[]): number =>
  taints.filter(taint => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, tolerations)).length;
