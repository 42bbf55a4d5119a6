import type { PodTemplate } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { required } from '../validation/faults.ts';
import { validatePodTemplate } from './pod/pod-validation.ts';
import { formatSelector } from './service.ts';
import { defaultTemplate } from './workload.ts';

export const podTemplateKind = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  scope: 'Namespaced',
  schema: 'V1PodTemplate',
  generation: true,
  columns: [
    {
      name: 'Containers',
      description: 'Names of each container in the template.',
      value: ({ template }) => (template?.spec?.containers ?? []).map(({ name }) => name).join(','),
    },
    {
      name: 'Images',
      description: 'Images referenced by each container in the template.',
      value: ({ template }) => (template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(','),
    },
    {
      name: 'Pod Labels',
      description: 'The labels for the pod template.',
      value: ({ template }) => formatSelector(template?.metadata?.labels),
    },
  ],
  defaults: ({ template }) => defaultTemplate(template),
  validate: ({ template }) => (template ? validatePodTemplate(template, 'template') : required('template')),
});
