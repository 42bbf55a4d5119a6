import type { Job, JobSpec, PodTemplateSpec } from '../gen/types.ts';
import { age, humanDuration } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { jsonEquals } from '../patch/pointer.ts';
import { type Faults, immutable, invalidValue } from '../validation/faults.ts';
import { defaultJobSpec, generatedLabels, JOB_UID, validateJobSpec } from './job-spec.ts';
import { validateSelection, workloadColumns } from './workload.ts';

/** The first that is true is what users are shown. */
const SHOWN_CONDITIONS = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'];

const isTrue = ({ status }: Job, type: string): boolean =>
  status.conditions?.some(condition => condition.type === type && condition.status === 'True') ?? false;

function statusText(job: Job): string {
  if (isTrue(job, 'Complete')) return 'Complete';
  if (isTrue(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  return SHOWN_CONDITIONS.find(type => isTrue(job, type)) ?? 'Running';
}

function completions({ spec: { completions: wanted, parallelism = 0 }, status: { succeeded = 0 } }: Job): string {
  if (wanted !== undefined) return `${succeeded}/${wanted}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status: { startTime, completionTime } }: Job, now: Date): string {
  if (startTime === undefined) return '';
  return completionTime === undefined ? age(startTime, now) : humanDuration(Date.parse(completionTime) - Date.parse(startTime));
}

export const jobKind = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  scope: 'Namespaced',
  schema: 'V1Job',
  subresources: [{ name: 'status' }],
  columns: [
    { name: 'Status', description: 'Status of the job.', value: statusText },
    { name: 'Completions', description: 'The number of pods that have succeeded, of those wanted.', value: completions },
    { name: 'Duration', description: 'Time required to complete the job.', value: (job, { now }) => duration(job, now) },
    ...workloadColumns,
  ],
  selectableFields: { 'status.successful': ({ status }) => String(status.succeeded ?? 0) },
  defaults: ({ spec }) => defaultJobSpec(spec),
  prepareForCreate(draft) {
    draft.status = {};
    if (!draft.spec.manualSelector) selectOwn(draft);
    if (Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...draft.spec.template.metadata?.labels };
  },
  validate: job => [...validateJobSpec(job.spec, 'spec'), ...validateGenerated(job), ...validateSelection(job, 'spec')],
  validateUpdate: (next, prev) => [
    ...immutable('spec.completions', completionsAreFixed(next.spec, prev.spec), next.spec.completions),
    ...immutable('spec.selector', !jsonEquals(next.spec.selector, prev.spec.selector), next.spec.selector),
    ...immutable('spec.template', !jsonEquals(fixedTemplate(next.spec, prev), fixedTemplate(prev.spec, prev)), next.spec.template),
    ...immutable('spec.completionMode', next.spec.completionMode !== prev.spec.completionMode, next.spec.completionMode),
    ...immutable('spec.podFailurePolicy', !jsonEquals(next.spec.podFailurePolicy, prev.spec.podFailurePolicy), next.spec.podFailurePolicy),
    ...immutable('spec.successPolicy', !jsonEquals(next.spec.successPolicy, prev.spec.successPolicy), next.spec.successPolicy),
    ...immutable(
      'spec.backoffLimitPerIndex',
      next.spec.backoffLimitPerIndex !== prev.spec.backoffLimitPerIndex,
      next.spec.backoffLimitPerIndex,
    ),
  ],
});

/** Its pods carry its uid, so that no other Job selects them. */
function selectOwn(draft: Job): void {
  const { spec } = draft;
  const labels = generatedLabels(draft);
  spec.template.metadata = { ...spec.template.metadata, labels: { ...spec.template.metadata?.labels, ...labels } };
  spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, [JOB_UID]: labels[JOB_UID] } };
}

function validateGenerated({ metadata, spec }: Job): Faults {
  if (spec.manualSelector || !spec.selector) return [];
  return spec.selector.matchLabels?.[JOB_UID] === (metadata.uid ?? '') || spec.selector.matchLabels?.['controller-uid'] === metadata.uid
    ? []
    : invalidValue('spec.selector', spec.selector, '`selector` not auto-generated');
}

/** An Indexed Job may be resized, completions and parallelism together. */
const completionsAreFixed = (next: JobSpec, prev: JobSpec): boolean =>
  next.completions !== prev.completions && !(next.completionMode === 'Indexed' && next.completions === next.parallelism);

/** A suspended Job that has not started may still be told where its pods go. */
function fixedTemplate({ template }: JobSpec, prev: Job): PodTemplateSpec {
  if (!prev.spec.suspend || prev.status.startTime !== undefined) return template;
  const { nodeSelector: _, tolerations: __, schedulingGates: ___, affinity, ...spec } = template.spec ?? { containers: [] };
  const { nodeAffinity: ____, ...otherAffinity } = affinity ?? {};
  return { spec: { ...spec, affinity: otherAffinity } };
}
