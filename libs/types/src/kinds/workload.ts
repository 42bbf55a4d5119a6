import { labelSelectorFrom } from '@steersman/labels';
import type { Container, LabelSelector, PodTemplateSpec } from '../gen/types.ts';
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

interface Templated extends ApiObject {
  spec: { template?: PodTemplateSpec };
}

const containersOf = ({ spec }: Templated): readonly Container[] => spec.template?.spec?.containers ?? [];

/** CONTAINERS and IMAGES of `-o wide`. */
export const templateColumns: readonly Column<Templated>[] = [
  {
    name: 'Containers',
    priority: 1,
    description: 'Names of each container in the template.',
    value: workload =>
      containersOf(workload)
        .map(({ name }) => name)
        .join(','),
  },
  {
    name: 'Images',
    priority: 1,
    description: 'Images referenced by each container in the template.',
    value: workload =>
      containersOf(workload)
        .map(({ image }) => image ?? '')
        .join(','),
  },
];

interface Selecting extends ApiObject {
  spec: { selector?: LabelSelector };
}

/** CONTAINERS, IMAGES and SELECTOR of `-o wide`. */
export const workloadColumns: readonly Column<Templated & Selecting>[] = [
  ...templateColumns,
  { name: 'Selector', priority: 1, description: 'Label selector for pods.', value: ({ spec }) => selectorText(spec.selector) || '<none>' },
];

/** DESIRED, CURRENT and READY of what keeps a number of pods. */
export const replicaColumns = (kind: string): readonly Column<ReplicaKeeper>[] => [
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
    description: `The number of non-terminating pods targeted by this ${kind} with a Ready Condition.`,
    value: ({ status }) => status.readyReplicas ?? 0,
  },
];

interface ReplicaKeeper extends ApiObject {
  spec: { replicas?: number };
  status: { replicas?: number; readyReplicas?: number };
}

/** The `scale` subresource; `selector` is the text form of what the object selects. */
export const scaleOf = <T extends ReplicaKeeper>(selector: (obj: T) => string): Subresource<T> => ({
  name: 'scale',
  read: (obj): Scale => {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = obj.metadata;
    return {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
      spec: { replicas: obj.spec.replicas ?? 0 },
      status: { replicas: obj.status.replicas ?? 0, selector: selector(obj) },
    };
  },
  write(draft, scale) {
    draft.spec.replicas = scale.spec?.replicas ?? 0;
  },
});

export const workloadScale: Subresource<Workload> = scaleOf(({ spec }) => selectorText(spec.selector));

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
