import type { ReplicaSet } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { defaultWorkload, selectorIsFixed, validateWorkload, workloadColumns, workloadScale } from './workload.ts';

export const replicaSetKind = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  scope: 'Namespaced',
  schema: 'V1ReplicaSet',
  subresources: [{ name: 'status' }, workloadScale],
  columns: [
    { name: 'Desired', type: 'integer', description: 'Replicas is the number of desired pods.', value: ({ spec }) => spec.replicas ?? 0 },
    {
      name: 'Current',
      type: 'integer',
      description: 'Replicas is the most recently observed number of non-terminating pods.',
      value: ({ status }) => status.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.',
      value: ({ status }) => status.readyReplicas ?? 0,
    },
    ...workloadColumns,
  ],
  selectableFields: { 'status.replicas': ({ status }) => String(status.replicas ?? 0) },
  defaults: defaultWorkload,
  prepareForCreate(draft) {
    draft.status = { replicas: 0 };
  },
  // Upstream's sentence speaks of deployments here, too.
  validate: replicaSet => validateWorkload(replicaSet, 'deployment'),
  validateUpdate: selectorIsFixed,
});
