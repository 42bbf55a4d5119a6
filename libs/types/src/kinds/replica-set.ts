import type { ReplicaSet } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { defaultWorkload, replicaColumns, selectorIsFixed, validateWorkload, workloadColumns, workloadScale } from './workload.ts';

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
  columns: [...replicaColumns('ReplicaSet'), ...workloadColumns],
  selectableFields: { 'status.replicas': ({ status }) => String(status.replicas ?? 0) },
  defaults: defaultWorkload,
  prepareForCreate(draft) {
    draft.status = { replicas: 0 };
  },
  // Upstream's sentence speaks of deployments here, too.
  validate: replicaSet => validateWorkload(replicaSet, 'deployment'),
  validateUpdate: selectorIsFixed,
});
