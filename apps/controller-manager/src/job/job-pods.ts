import { type Container, type Job, jobKind, type New, type Pod } from '@steersman/types';
import { generatedName } from '../names.ts';
import { type PodIdentity, podFromTemplate } from '../pod-control/pod-from-template.ts';

/** Keeps a pod that has ended until it is counted, whoever deletes it. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
const INDEX = 'batch.kubernetes.io/job-completion-index';
const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const INDEX_ENV = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } } };

export const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(TRACKING) ?? false;

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed';

export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[INDEX];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** How often the index had failed when this pod was made. */
export const indexFailuresOf = ({ metadata }: Pod): number => Number(metadata.annotations?.[INDEX_FAILURES] ?? 0);

/** Pods for work that any of them may do. */
export const plainPods = (job: Job, count: number): readonly New<Pod>[] =>
  Array.from({ length: count }, () => podFromTemplate(templateOf(job), { finalizers: [TRACKING] }));

export interface IndexedPlan {
  readonly index: number;
  readonly failures: number;
}

export function indexedPod(job: Job, { index, failures }: IndexedPlan): New<Pod> {
  const { containers = [], initContainers } = job.spec.template.spec ?? {};
  const name = `${job.metadata.name}-${index}`;
  const identity: PodIdentity = {
    name: generatedName(`${name}-`),
    labels: { [INDEX]: String(index) },
    annotations: {
      [INDEX]: String(index),
      ...(job.spec.backoffLimitPerIndex !== undefined && { [INDEX_FAILURES]: String(failures) }),
    },
    finalizers: [TRACKING],
    spec: {
      hostname: name,
      containers: containers.map(withIndex),
      ...(initContainers && { initContainers: initContainers.map(withIndex) }),
    },
  };
  return podFromTemplate(templateOf(job), identity);
}

const templateOf = (job: Job) => ({ kind: jobKind, owner: job, template: job.spec.template });

const withIndex = (container: Container): Container =>
  container.env?.some(({ name }) => name === INDEX_ENV.name) ? container : { ...container, env: [...(container.env ?? []), INDEX_ENV] };
