import { labelSelectorFrom } from '@steersman/labels';
import type { ReplicationController } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { invalidValue, notNegative, required } from '../validation/faults.ts';
import { validateLabels } from '../validation/labels.ts';
import { defaultPodSpec } from './pod/pod-defaults.ts';
import { validateServingTemplate } from './pod/pod-validation.ts';
import { formatSelector } from './service.ts';
import { replicaColumns, scaleOf, selectorText, templateColumns } from './workload.ts';

export const replicationControllerKind = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  scope: 'Namespaced',
  schema: 'V1ReplicationController',
  subresources: [{ name: 'status' }, scaleOf(({ spec }) => selectorText({ matchLabels: spec.selector ?? {} }))],
  columns: [
    ...replicaColumns('ReplicationController'),
    ...templateColumns,
    { name: 'Selector', priority: 1, description: 'Label selector for pods.', value: ({ spec }) => formatSelector(spec.selector) },
  ],
  selectableFields: { 'status.replicas': ({ status }) => String(status.replicas ?? 0) },
  defaults({ metadata, spec }) {
    spec.replicas ??= 1;
    const labels = spec.template?.metadata?.labels ?? {};
    if (Object.keys(labels).length > 0) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    }
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  },
  prepareForCreate(draft) {
    draft.status = { replicas: 0 };
  },
  validate({ spec: { replicas, minReadySeconds, selector = {}, template } }) {
    const labels = template?.metadata?.labels ?? {};
    const isEmpty = Object.keys(selector).length === 0;
    return [
      ...notNegative('spec.minReadySeconds', minReadySeconds),
      ...(isEmpty ? required('spec.selector') : validateLabels(selector, 'spec.selector')),
      ...notNegative('spec.replicas', replicas),
      ...(template && !isEmpty && !labelSelectorFrom({ matchLabels: selector }).matches(labels)
        ? invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')
        : []),
      ...(template ? validateServingTemplate(template, 'spec.template', 'ReplicationController') : required('spec.template')),
    ];
  },
});
