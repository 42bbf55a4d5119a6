import { isTimeZone } from '../cron/local-time.ts';
import { parseCron } from '../cron/cron-schedule.ts';
import type { CronJob, CronJobSpec } from '../gen/types.ts';
import { age } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { type Faults, invalidValue, notNegative, oneOf, required } from '../validation/faults.ts';
import { validateJobSpec } from './job-spec.ts';
import { defaultTemplate, workloadColumns } from './workload.ts';

const NONE = '<none>';
/** The names of its Jobs add a dash and ten digits, and must be labels. */
const MAX_NAME = 52;

export const cronJobKind = defineKind<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  scope: 'Namespaced',
  schema: 'V1CronJob',
  subresources: [{ name: 'status' }],
  columns: [
    {
      name: 'Schedule',
      description: 'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.',
      value: ({ spec }) => spec.schedule,
    },
    { name: 'Timezone', description: 'The time zone name for the given schedule.', value: ({ spec }) => spec.timeZone ?? NONE },
    {
      name: 'Suspend',
      description: 'This flag tells the controller to suspend subsequent executions.',
      value: ({ spec }) => (spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'),
    },
    {
      name: 'Active',
      type: 'integer',
      description: 'The number of currently running jobs.',
      value: ({ status }) => (status.active ?? []).length,
    },
    {
      name: 'Last Schedule',
      description: 'Information when was the last time the job was successfully scheduled.',
      value: ({ status }, { now }) => (status.lastScheduleTime ? age(status.lastScheduleTime, now) : NONE),
    },
    ...workloadColumns.map(column => ({
      ...column,
      value: ({ metadata, spec }: CronJob, context: { readonly now: Date }) =>
        column.value({ metadata, spec: spec.jobTemplate.spec ?? {} }, context),
    })),
  ],
  defaults({ spec }) {
    spec.concurrencyPolicy ??= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    defaultTemplate(spec.jobTemplate?.spec?.template);
  },
  prepareForCreate(draft) {
    draft.status = {};
  },
  validate: ({ metadata, spec }) => [
    ...(metadata.name.length > MAX_NAME ? invalidValue('metadata.name', metadata.name, `must be no more than ${MAX_NAME} characters`) : []),
    ...validateSchedule(spec),
    ...validateTimeZone(spec.timeZone),
    ...notNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...notNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...notNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
    ...validateTemplate(spec),
  ],
});

function validateSchedule({ schedule }: CronJobSpec): Faults {
  if (!schedule) return required('spec.schedule');
  if (schedule.includes('TZ'))
    return invalidValue('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
  try {
    parseCron(schedule, 'UTC');
    return [];
  } catch (err) {
    return invalidValue('spec.schedule', schedule, err instanceof Error ? err.message : String(err));
  }
}

function validateTimeZone(zone: string | undefined): Faults {
  const field = 'spec.timeZone';
  if (zone === undefined) return [];
  if (zone === '') return invalidValue(field, zone, 'must be nil or non-empty string');
  if (zone.toLowerCase() === 'local')
    return invalidValue(field, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  return isTimeZone(zone) ? [] : invalidValue(field, zone, `unknown time zone ${zone}`);
}

function validateTemplate({ jobTemplate }: CronJobSpec): Faults {
  const field = 'spec.jobTemplate.spec';
  const { spec } = jobTemplate ?? {};
  if (!spec) return required(`${field}.template`);
  return [
    ...validateJobSpec(spec, field),
    ...(spec.selector ? invalidValue(`${field}.selector`, spec.selector, '`selector` will be auto-generated') : []),
    ...(spec.manualSelector ? oneOf(`${field}.manualSelector`, 'true', ['nil', 'false']) : []),
  ];
}
