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

export function defaultTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.spec) defaultPodSpec(template.spec);
}

export function defaultWorkload({ spec }: Workload): void {
  spec.replicas ??= 1;
  defaultTemplate(spec.template);
}

/** `what` ends upstream's sentence about an empty selector. */
export const validateWorkload = (workload: Workload, what: string): Faults => [
  ...notNegative('spec.replicas', workload.spec.replicas),
  ...validateSelected(workload, what),
];

interface Selected extends ApiObject {
  spec: { selector: LabelSelector; template?: PodTemplateSpec };
}

/** The selector, and that it finds what the template makes. */
export const validateSelection = ({ spec }: { spec: { selector?: LabelSelector; template?: PodTemplateSpec } }, field: string): Faults => {
  const labels = spec.template?.metadata?.labels ?? {};
  return [
    ...(spec.selector === undefined ? required(`${field}.selector`) : validateLabelSelector(spec.selector, `${field}.selector`)),
    ...(spec.template && !labelSelectorFrom(spec.selector ?? {}).matches(labels)
      ? invalidValue(`${field}.template.metadata.labels`, labels, '`selector` does not match template `labels`')
      : []),
  ];
};

/** Of what keeps pods running: it must select something, and the pods must be made to last. */
export function validateSelected(workload: Selected, what: string): Faults {
  const { selector, template } = workload.spec;
  return [
    ...validateSelection(workload, 'spec'),
    ...(selector !== undefined && isEmptySelector(selector)
      ? invalidValue('spec.selector', selector, `empty selector is invalid for ${what}`)
      : []),
    ...(template ? validateServingTemplate(template, 'spec.template', KIND_OF[what]) : required('spec.template')),
  ];
}

/** Upstream's messages name kinds in both forms. */
const KIND_OF: Readonly<Record<string, string>> = { deployment: 'ReplicaSet', daemonset: 'DaemonSet', statefulset: 'StatefulSet' };

export const selectorIsFixed = (next: Selected, prev: Selected): Faults =>
  immutable('spec.selector', !jsonEquals(next.spec.selector, prev.spec.selector), next.spec.selector);
