import type { DaemonSet } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { jsonEquals } from '../patch/pointer.ts';
import { amountOf, atMost100Percent, numberOrPercent } from '../validation/amounts.ts';
import { type Faults, invalidValue, notNegative, oneOf, required } from '../validation/faults.ts';
import { formatSelector } from './service.ts';
import { defaultTemplate, selectorIsFixed, validateSelected, workloadColumns } from './workload.ts';

/** Counts changes of the template; upstream keeps it for clients of its older APIs, and as a label of the pods. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

export const daemonSetKind = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  scope: 'Namespaced',
  schema: 'V1DaemonSet',
  subresources: [{ name: 'status' }],
  columns: [
    {
      name: 'Desired',
      type: 'integer',
      description: 'The total number of nodes that should be running the daemon pod.',
      value: ({ status }) => status.desiredNumberScheduled ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description: 'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod.',
      value: ({ status }) => status.currentNumberScheduled ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description:
        'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.',
      value: ({ status }) => status.numberReady ?? 0,
    },
    {
      name: 'Up-to-date',
      type: 'integer',
      description: 'The total number of nodes that are running updated daemon pod',
      value: ({ status }) => status.updatedNumberScheduled ?? 0,
    },
    {
      name: 'Available',
      type: 'integer',
      description:
        'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available.',
      value: ({ status }) => status.numberAvailable ?? 0,
    },
    {
      name: 'Node Selector',
      description: 'Selector which must match a node for the pod to be scheduled on that node.',
      value: ({ spec }) => formatSelector(spec.template?.spec?.nodeSelector),
    },
    ...workloadColumns,
  ],
  defaults({ spec }) {
    defaultTemplate(spec.template);
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate')
      spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate };
    spec.revisionHistoryLimit ??= 10;
  },
  prepareForCreate(draft) {
    draft.metadata.annotations = { ...draft.metadata.annotations, [TEMPLATE_GENERATION]: '1' };
    draft.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
  },
  prepareForUpdate(draft, prev) {
    const before = Number(prev.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
    const after = jsonEquals(draft.spec.template, prev.spec.template) ? before : before + 1;
    draft.metadata.annotations = { ...draft.metadata.annotations, [TEMPLATE_GENERATION]: String(after) };
  },
  validate: set => [
    ...validateSelected(set, 'daemonset'),
    ...notNegative('spec.minReadySeconds', set.spec.minReadySeconds),
    ...validateStrategy(set),
    ...notNegative('spec.revisionHistoryLimit', set.spec.revisionHistoryLimit),
  ],
  validateUpdate: selectorIsFixed,
});

function validateStrategy({ spec: { updateStrategy = {} } }: DaemonSet): Faults {
  const field = 'spec.updateStrategy';
  const { type, rollingUpdate } = updateStrategy;
  if (type !== 'RollingUpdate') return oneOf(`${field}.type`, type, ['OnDelete', 'RollingUpdate']);
  if (!rollingUpdate) return required(`${field}.rollingUpdate`);
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const [unavailable, surge] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0];
  return [
    ...numberOrPercent(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...atMost100Percent(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...numberOrPercent(`${field}.rollingUpdate.maxSurge`, maxSurge),
    ...atMost100Percent(`${field}.rollingUpdate.maxSurge`, maxSurge),
    ...(unavailable && surge
      ? invalidValue(`${field}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')
      : []),
    ...(!unavailable && !surge ? required(`${field}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0') : []),
  ];
}
