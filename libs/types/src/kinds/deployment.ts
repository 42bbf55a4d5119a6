import type { Deployment } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { type Faults, forbidden, invalidValue, notNegative, oneOf } from '../validation/faults.ts';
import { defaultWorkload, selectorIsFixed, validateWorkload, workloadColumns, workloadScale } from './workload.ts';

export const deploymentKind = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  scope: 'Namespaced',
  schema: 'V1Deployment',
  subresources: [{ name: 'status' }, workloadScale],
  columns: [
    {
      name: 'Ready',
      description: 'Number of the pod with ready state',
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    {
      name: 'Up-to-date',
      type: 'integer',
      description: 'Total number of non-terminating pods targeted by this deployment that have the desired template spec.',
      value: ({ status }) => status.updatedReplicas ?? 0,
    },
    {
      name: 'Available',
      type: 'integer',
      description: 'Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.',
      value: ({ status }) => status.availableReplicas ?? 0,
    },
    ...workloadColumns,
  ],
  defaults(draft) {
    defaultWorkload(draft);
    const { spec } = draft;
    spec.strategy ??= {};
    spec.strategy.type ??= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
  },
  validate: deployment => [...validateWorkload(deployment, 'deployment'), ...validateStrategy(deployment)],
  validateUpdate: selectorIsFixed,
});

const isPercentage = (value: number | string): boolean => typeof value === 'string' && /^\d+%$/.test(value);
const amount = (value: number | string | undefined): number => (typeof value === 'number' ? value : parseInt(value ?? '0', 10));

function validateStrategy({ spec: { strategy = {}, minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds } }: Deployment): Faults {
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate ?? {};
  const field = 'spec.strategy.rollingUpdate';
  const check = (name: string, value: number | string | undefined): Faults => {
    if (value === undefined) return [];
    if (typeof value === 'number') return notNegative(`${field}.${name}`, value);
    return isPercentage(value)
      ? []
      : invalidValue(
          `${field}.${name}`,
          value,
          "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        );
  };
  return [
    ...oneOf('spec.strategy.type', strategy.type, ['Recreate', 'RollingUpdate']),
    ...(strategy.type === 'Recreate' && strategy.rollingUpdate
      ? forbidden(field, "may not be specified when strategy `type` is 'Recreate'")
      : []),
    ...check('maxSurge', maxSurge),
    ...check('maxUnavailable', maxUnavailable),
    ...(strategy.rollingUpdate && amount(maxSurge) === 0 && amount(maxUnavailable) === 0
      ? invalidValue(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')
      : []),
    ...(isPercentage(maxUnavailable ?? 0) && amount(maxUnavailable) > 100
      ? invalidValue(`${field}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%')
      : []),
    ...notNegative('spec.minReadySeconds', minReadySeconds),
    ...notNegative('spec.revisionHistoryLimit', revisionHistoryLimit),
    ...notNegative('spec.progressDeadlineSeconds', progressDeadlineSeconds),
    ...(progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= (minReadySeconds ?? 0)
      ? invalidValue('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds')
      : []),
  ];
}
