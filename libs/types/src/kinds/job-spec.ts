import { checkQualifiedName } from '@steersman/labels';
import type { Job, JobSpec, PodFailurePolicy, PodFailurePolicyRule } from '../gen/types.ts';
import { checked, each, type Faults, invalidValue, notNegative, oneOf, required, tooMany } from '../validation/faults.ts';
import { validatePodTemplate } from './pod/pod-validation.ts';
import { defaultTemplate } from './workload.ts';

export const JOB_UID = 'batch.kubernetes.io/controller-uid';
const JOB_NAME = 'batch.kubernetes.io/job-name';
/** What absence of a limit is written as. */
const NO_LIMIT = 2_147_483_647;
const MAX_INDEXED = 100_000;
const MAX_RULES = 20;
const MAX_CONDITIONS = 20;
const MAX_EXIT_CODES = 255;

/** The labels without a domain are those of the first releases, which scripts still select by. */
export const generatedLabels = ({ metadata: { name, uid = '' } }: Job): Record<string, string> & { [JOB_UID]: string } => ({
  [JOB_UID]: uid,
  'controller-uid': uid,
  [JOB_NAME]: name,
  'job-name': name,
});

export function defaultJobSpec(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : NO_LIMIT;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  for (const { onPodConditions } of spec.podFailurePolicy?.rules ?? [])
    for (const pattern of onPodConditions ?? []) pattern.status ??= 'True';
  defaultTemplate(spec.template);
}

/** Of Jobs and of the templates of CronJobs alike. */
export function validateJobSpec(spec: JobSpec, field: string): Faults {
  return [
    ...notNegative(`${field}.parallelism`, spec.parallelism),
    ...notNegative(`${field}.completions`, spec.completions),
    ...notNegative(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...notNegative(`${field}.backoffLimit`, spec.backoffLimit),
    ...notNegative(`${field}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished),
    ...(spec.completionMode === undefined ? [] : oneOf(`${field}.completionMode`, spec.completionMode, ['NonIndexed', 'Indexed'])),
    ...validateIndexed(spec, field),
    ...validateReplacement(spec, `${field}.podReplacementPolicy`),
    ...(spec.template ? validatePodTemplate(spec.template, `${field}.template`) : required(`${field}.template`)),
    ...validateRestartPolicy(spec, `${field}.template.spec.restartPolicy`),
    ...(spec.successPolicy ? validateSuccessPolicy(spec, `${field}.successPolicy`) : []),
    ...(spec.podFailurePolicy ? validateFailurePolicy(spec.podFailurePolicy, `${field}.podFailurePolicy`) : []),
  ];
}

const validateReplacement = ({ podReplacementPolicy, podFailurePolicy }: JobSpec, field: string): Faults =>
  podReplacementPolicy === undefined
    ? []
    : oneOf(field, podReplacementPolicy, podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']);

function validateIndexed(spec: JobSpec, field: string): Faults {
  if (spec.completionMode === 'Indexed') {
    return [
      ...(spec.completions === undefined ? required(`${field}.completions`, 'when completion mode is Indexed') : []),
      ...((spec.parallelism ?? 0) > MAX_INDEXED
        ? invalidValue(
            `${field}.parallelism`,
            spec.parallelism,
            `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`,
          )
        : []),
      ...notNegative(`${field}.backoffLimitPerIndex`, spec.backoffLimitPerIndex),
      ...notNegative(`${field}.maxFailedIndexes`, spec.maxFailedIndexes),
      ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
        ? required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')
        : []),
    ];
  }
  return [
    ...(spec.backoffLimitPerIndex === undefined
      ? []
      : invalidValue(`${field}.backoffLimitPerIndex`, spec.backoffLimitPerIndex, 'requires indexed completion mode')),
    ...(spec.maxFailedIndexes === undefined
      ? []
      : invalidValue(`${field}.maxFailedIndexes`, spec.maxFailedIndexes, 'requires indexed completion mode')),
  ];
}

function validateRestartPolicy({ template, podFailurePolicy, backoffLimitPerIndex }: JobSpec, field: string): Faults {
  const policy = template?.spec?.restartPolicy;
  // Always is the default of pods: whoever wrote nothing is told what is needed.
  if (policy === undefined || policy === 'Always') return required(field, 'valid values: "OnFailure", "Never"');
  const needsNever = podFailurePolicy ? 'podFailurePolicy' : backoffLimitPerIndex === undefined ? undefined : 'backoffLimitPerIndex';
  return policy === 'OnFailure' && needsNever !== undefined
    ? invalidValue(field, policy, `only "Never" is supported when ${needsNever} is specified`)
    : [];
}

function validateSuccessPolicy({ successPolicy, completionMode, completions = 0 }: JobSpec, field: string): Faults {
  const rules = successPolicy?.rules ?? [];
  return [
    ...(completionMode === 'Indexed' ? [] : invalidValue(field, successPolicy, 'requires indexed completion mode')),
    ...(rules.length === 0 ? required(`${field}.rules`, 'at least one rules must be specified when the successPolicy is specified') : []),
    ...tooMany(`${field}.rules`, rules.length, MAX_RULES),
    ...each(rules, `${field}.rules`, ({ succeededCount, succeededIndexes }, path) => [
      ...(succeededCount === undefined && succeededIndexes === undefined
        ? required(path, 'at least one of succeededCount or succeededIndexes must be specified')
        : []),
      ...notNegative(`${path}.succeededCount`, succeededCount),
      ...(succeededCount !== undefined && succeededCount > completions
        ? invalidValue(
            `${path}.succeededCount`,
            succeededCount,
            `must be less than or equal to ${completions} (the number of specified completions)`,
          )
        : []),
      ...(succeededIndexes !== undefined && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(succeededIndexes)
        ? invalidValue(`${path}.succeededIndexes`, succeededIndexes, 'error parsing succeededIndexes: it must be a list such as 1,3-5,7')
        : []),
    ]),
  ];
}

const validateFailurePolicy = ({ rules }: PodFailurePolicy, field: string): Faults => [
  ...tooMany(`${field}.rules`, (rules ?? []).length, MAX_RULES),
  ...each(rules, `${field}.rules`, validateRule),
];

function validateRule({ action, onExitCodes, onPodConditions }: PodFailurePolicyRule, field: string): Faults {
  const given = [onExitCodes, onPodConditions].filter(part => part !== undefined && !(Array.isArray(part) && part.length === 0));
  return [
    ...oneOf(`${field}.action`, action, ['Count', 'FailIndex', 'FailJob', 'Ignore']),
    ...(given.length === 0 ? invalidValue(field, '', 'specifying one of OnExitCodes and OnPodConditions is required') : []),
    ...(given.length > 1 ? invalidValue(field, '', 'specifying both OnExitCodes and OnPodConditions is not supported') : []),
    ...(onExitCodes ? validateExitCodes(onExitCodes, `${field}.onExitCodes`) : []),
    ...tooMany(`${field}.onPodConditions`, (onPodConditions ?? []).length, MAX_CONDITIONS),
    ...each(onPodConditions, `${field}.onPodConditions`, ({ type, status }, path) => [
      ...checked(`${path}.type`, type, checkQualifiedName),
      ...oneOf(`${path}.status`, status, ['False', 'True', 'Unknown']),
    ]),
  ];
}

function validateExitCodes({ operator, values }: NonNullable<PodFailurePolicyRule['onExitCodes']>, field: string): Faults {
  return [
    ...oneOf(`${field}.operator`, operator, ['In', 'NotIn']),
    ...(values.length === 0 ? invalidValue(`${field}.values`, values, 'at least one value is required') : []),
    ...tooMany(`${field}.values`, values.length, MAX_EXIT_CODES),
    ...(operator === 'In'
      ? each(values, `${field}.values`, (value, path) =>
          value === 0 ? invalidValue(path, value, 'must not be 0 for the In operator') : [],
        )
      : []),
  ];
}
