import { labelSelectorFrom } from '@steersman/labels';
import type { LabelSelector, PodTemplateSpec } from '../gen/types.ts';
import type { Column, Scale, Subresource } from '../kind.ts';
import type { ApiObject } from '../meta.ts';
import { jsonEquals } from '../patch/pointer.ts';
import { type Faults, immutable, invalidValue, notNegative, required } from '../validation/faults.ts';
import { isEmptySelector, validateLabelSelector } from '../validation/labels.ts';
import { defaultPodSpec } from './pod/pod-defaults.ts';
import { validateServingTemplate } from './pod/pod-validation.ts';

/** What the kinds that keep pods running have in common. */
export interface Workload extends ApiObject {
  spec: { replicas?: number; selector: LabelSelector; template?: PodTemplateSpec };
  status: { replicas?: number };
}

export const selectorText = (selector: LabelSelector | undefined): string => labelSelectorFrom(selector ?? {}).toString();

/** CONTAINERS, IMAGES and SELECTOR of `-o wide`. */
export const workloadColumns: readonly Column<Workload>[] = [
  {
    name: 'Containers',
    priority: 1,
    description: 'Names of each container in the template.',
    value: ({ spec }) => (spec.template?.spec?.containers ?? []).map(({ name }) => name).join(','),
  },
  {
    name: 'Images',
    priority: 1,
    description: 'Images referenced by each container in the template.',
    value: ({ spec }) => (spec.template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(','),
  },
  { name: 'Selector', priority: 1, description: 'Label selector for pods.', value: ({ spec }) => selectorText(spec.selector) || '<none>' },
];

export const workloadScale: Subresource<Workload> = {
  name: 'scale',
  read: ({ metadata: { name, namespace, uid, resourceVersion, creationTimestamp }, spec, status }): Scale => ({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas ?? 0 },
    status: { replicas: status.replicas ?? 0, selector: selectorText(spec.selector) },
  }),
  write(draft, scale) {
    draft.spec.replicas = scale.spec?.replicas ?? 0;
  },
};

export function defaultWorkload({ spec }: Workload): void {
  spec.replicas ??= 1;
  if (spec.template?.spec) defaultPodSpec(spec.template.spec);
}

/** `what` ends upstream's sentence about an empty selector. */
export function validateWorkload({ spec }: Workload, what: string): Faults {
  const labels = spec.template?.metadata?.labels ?? {};
  const selects = labelSelectorFrom(spec.selector ?? {}).matches(labels);
  return [
    ...notNegative('spec.replicas', spec.replicas),
    ...(spec.selector === undefined ? required('spec.selector') : validateLabelSelector(spec.selector, 'spec.selector')),
    ...(spec.selector !== undefined && isEmptySelector(spec.selector)
      ? invalidValue('spec.selector', spec.selector, `empty selector is invalid for ${what}`)
      : []),
    ...(spec.template && !selects
      ? invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')
      : []),
    ...(spec.template ? validateServingTemplate(spec.template, 'spec.template') : required('spec.template')),
  ];
}

export const selectorIsFixed = (next: Workload, prev: Workload): Faults =>
  immutable('spec.selector', !jsonEquals(next.spec.selector, prev.spec.selector), next.spec.selector);
