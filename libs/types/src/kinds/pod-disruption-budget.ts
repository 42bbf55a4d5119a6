import type { PodDisruptionBudget } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { atMost100Percent, numberOrPercent } from '../validation/amounts.ts';
import { invalidValue, oneOf } from '../validation/faults.ts';
import { validateLabelSelector } from '../validation/labels.ts';

const UNSET = 'N/A';

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  scope: 'Namespaced',
  schema: 'V1PodDisruptionBudget',
  subresources: [{ name: 'status' }],
  columns: [
    {
      name: 'Min Available',
      description: 'The minimum number of pods that must be available.',
      value: ({ spec }) => String(spec.minAvailable ?? UNSET),
    },
    {
      name: 'Max Unavailable',
      description: 'The maximum number of pods that may be unavailable.',
      value: ({ spec }) => String(spec.maxUnavailable ?? UNSET),
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'Calculated number of pods that may be disrupted at this time.',
      value: ({ status }) => status.disruptionsAllowed ?? 0,
    },
  ],
  prepareForCreate(draft) {
    draft.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  validate: ({ spec }) => [
    ...(spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
      ? invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')
      : []),
    ...numberOrPercent('spec.minAvailable', spec.minAvailable),
    ...atMost100Percent('spec.minAvailable', spec.minAvailable),
    ...numberOrPercent('spec.maxUnavailable', spec.maxUnavailable),
    ...atMost100Percent('spec.maxUnavailable', spec.maxUnavailable),
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...(spec.unhealthyPodEvictionPolicy === undefined
      ? []
      : oneOf('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget'])),
  ],
});
