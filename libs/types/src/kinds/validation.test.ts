import { messageOf } from '../field-error.ts';
import type { ApiObject } from '../meta.ts';
import { findKindOf } from '../registry.ts';
import { normalize } from '../schema/normalize.ts';

const template = (spec: object = {}): object => ({
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'main', image: 'busybox:1' }], ...spec },
});
const workload = (spec: object = {}): object => ({ spec: { selector: { matchLabels: { app: 'a' } }, template: template(), ...spec } });
const job = (spec: object = {}, restartPolicy = 'Never'): object => ({ spec: { template: template({ restartPolicy }), ...spec } });
const cronJob = (spec: object = {}): object => ({ spec: { schedule: '@daily', jobTemplate: job(), ...spec } });

/** As the API would refuse it: `field: message` for each fault. */
function faults(apiVersion: string, kindName: string, body: object, prev?: object): readonly string[] {
  const kind = findKindOf(apiVersion, kindName)!;
  const object = (from: object): ApiObject => {
    const made = normalize(kind.schema, { metadata: { name: 'web', namespace: 'ns', uid: 'u' }, ...from }).object as unknown as ApiObject;
    kind.defaults?.(made);
    if (from === body && !prev) kind.prepareForCreate?.(made, { now: new Date() });
    return made;
  };
  const next = object(body);
  const found = prev ? (kind.validateUpdate?.(next, object(prev)) ?? []) : (kind.validate?.(next) ?? []);
  return found.map(fault => `${fault.field}: ${messageOf(fault)}`);
}

interface Row {
  readonly name: string;
  readonly kind: readonly [apiVersion: string, kind: string];
  readonly body: object;
  readonly prev?: object;
  readonly want: readonly string[];
}

const JOB = ['batch/v1', 'Job'] as const;
const CRON_JOB = ['batch/v1', 'CronJob'] as const;
const STATEFUL_SET = ['apps/v1', 'StatefulSet'] as const;
const DAEMON_SET = ['apps/v1', 'DaemonSet'] as const;
const BUDGET = ['policy/v1', 'PodDisruptionBudget'] as const;
const PRIORITY = ['scheduling.k8s.io/v1', 'PriorityClass'] as const;
const LIMITS = ['v1', 'LimitRange'] as const;
const QUOTA = ['v1', 'ResourceQuota'] as const;
const SLICE = ['discovery.k8s.io/v1', 'EndpointSlice'] as const;

describe('validation of workloads and policies', () => {
  it.each<Row>([
    { name: 'a job', kind: JOB, body: job(), want: [] },
    {
      name: 'a job that would run for ever',
      kind: JOB,
      body: job({}, 'Always'),
      want: ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    },
    {
      name: 'an Indexed job without a number',
      kind: JOB,
      body: job({ completionMode: 'Indexed', parallelism: 1 }),
      want: ['spec.completions: Required value: when completion mode is Indexed'],
    },
    {
      name: 'limits of indexes that there are not',
      kind: JOB,
      body: job({ backoffLimitPerIndex: 1 }),
      want: ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    },
    {
      name: 'a failure policy whose containers start again by themselves',
      kind: JOB,
      body: job({ podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [0] } }] } }, 'OnFailure'),
      want: [
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
      ],
    },
    {
      name: 'a changed template of a job',
      kind: JOB,
      body: job({ template: template({ restartPolicy: 'OnFailure' }) }),
      prev: job(),
      want: [expect.stringMatching(/^spec\.template: Invalid value: .*: field is immutable$/) as string],
    },
    {
      name: 'another place for a job that has not started',
      kind: JOB,
      body: job({ suspend: true, template: template({ restartPolicy: 'Never', nodeSelector: { disk: 'ssd' } }) }),
      prev: job({ suspend: true }),
      want: [],
    },
    {
      name: 'a schedule and a zone nobody knows',
      kind: CRON_JOB,
      body: cronJob({ schedule: '61 * * * *', timeZone: 'Mars/Base' }),
      want: [
        'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
        'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
      ],
    },
    {
      name: 'a zone within the schedule',
      kind: CRON_JOB,
      body: cronJob({ schedule: 'TZ=UTC 0 0 * * *' }),
      want: ['spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
    },
    {
      name: 'a name too long for the jobs',
      kind: CRON_JOB,
      body: { ...cronJob(), metadata: { name: 'a'.repeat(53), namespace: 'ns' } },
      want: [`metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`],
    },
    {
      name: 'a stateful set that mounts its claim',
      kind: STATEFUL_SET,
      body: workload({
        template: template({ containers: [{ name: 'main', image: 'x:1', volumeMounts: [{ name: 'data', mountPath: '/x' }] }] }),
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }],
      }),
      want: [],
    },
    {
      name: 'another service of a stateful set',
      kind: STATEFUL_SET,
      body: workload({ serviceName: 'b' }),
      prev: workload({ serviceName: 'a' }),
      want: [
        expect.stringMatching(/^spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', /) as string,
      ],
    },
    { name: 'more replicas of one', kind: STATEFUL_SET, body: workload({ replicas: 5 }), prev: workload(), want: [] },
    {
      name: 'an update that may neither surge nor miss anything',
      kind: DAEMON_SET,
      body: workload({ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }),
      want: ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    },
    {
      name: 'a selector that misses the template',
      kind: DAEMON_SET,
      body: workload({ selector: { matchLabels: { app: 'b' } } }),
      want: ['spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'],
    },
    {
      name: 'a budget of two minds',
      kind: BUDGET,
      body: { spec: { minAvailable: 1, maxUnavailable: 1 } },
      want: ['spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set'],
    },
    {
      name: 'more than everything',
      kind: BUDGET,
      body: { spec: { minAvailable: '101%' } },
      want: ['spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    },
    {
      name: 'a priority above that of users',
      kind: PRIORITY,
      body: { value: 1_000_000_001 },
      want: ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    },
    {
      name: 'another value of a priority',
      kind: PRIORITY,
      body: { value: 1 },
      prev: { value: 2 },
      want: ['value: Forbidden: may not be changed in an update.'],
    },
    {
      name: 'limits out of order',
      kind: LIMITS,
      body: { spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' }, defaultRequest: { cpu: '2' } }] } },
      want: [
        'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
        'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
      ],
    },
    {
      name: 'a quota of what there is not, and of half a pod',
      kind: QUOTA,
      body: { spec: { hard: { bananas: '1', pods: '500m' } } },
      want: [
        'spec.hard[bananas]: Invalid value: "bananas": must be a standard resource for quota',
        'spec.hard[pods]: Invalid value: "500m": must be an integer',
      ],
    },
    {
      name: 'a slice of another family',
      kind: SLICE,
      body: { addressType: 'IPv6', endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: [] }] },
      want: [
        'endpoints[0].addresses[0]: Invalid value: "10.0.0.1": must be an IPv6 address',
        'endpoints[1].addresses: Required value: must contain at least 1 address',
      ],
    },
  ])('$name', ({ kind, body, prev, want }) => {
    expect(faults(...kind, body, prev)).toEqual(want);
  });
});

describe('columns', () => {
  const NOW = new Date('2026-01-01T01:00:00Z');
  it.each([
    {
      name: 'a job at work',
      kind: JOB,
      body: { spec: { completions: 3 }, status: { succeeded: 1, startTime: '2026-01-01T00:59:00Z' } },
      want: ['Running', '1/3', '60s'],
    },
    {
      name: 'a job that is done',
      kind: JOB,
      body: {
        spec: { parallelism: 2 },
        status: {
          succeeded: 1,
          startTime: '2026-01-01T00:00:00Z',
          completionTime: '2026-01-01T00:00:07Z',
          conditions: [{ type: 'Complete', status: 'True' }],
        },
      },
      want: ['Complete', '1/1 of 2', '7s'],
    },
    {
      name: 'a suspended job',
      kind: JOB,
      body: { spec: {}, status: { conditions: [{ type: 'Suspended', status: 'True' }] } },
      want: ['Suspended', '0/1', ''],
    },
    {
      name: 'a cron job',
      kind: CRON_JOB,
      body: {
        spec: { schedule: '@daily', suspend: false, jobTemplate: {} },
        status: { active: [{}], lastScheduleTime: '2026-01-01T00:00:00Z' },
      },
      want: ['@daily', '<none>', 'False', 1, '60m'],
    },
    {
      name: 'a quota',
      kind: QUOTA,
      body: { spec: {}, status: { hard: { pods: '5', 'limits.cpu': '2' }, used: { pods: '1' } } },
      want: ['pods: 1/5', 'limits.cpu: 0/2'],
    },
    {
      name: 'a slice',
      kind: SLICE,
      body: {
        addressType: 'IPv4',
        ports: [{ port: 80 }, { name: 'any' }],
        endpoints: ['1', '2', '3', '4'].map(ip => ({ addresses: [ip] })),
      },
      want: ['IPv4', '80,any', '1,2,3 + 1 more...'],
    },
  ])('of $name', ({ kind: [apiVersion, kindName], body, want }) => {
    const kind = findKindOf(apiVersion, kindName)!;
    const object = { metadata: { name: 'a' }, ...body } as unknown as ApiObject;
    expect(kind.columns.filter(({ priority = 0 }) => priority === 0).map(column => column.value(object, { now: NOW }))).toEqual(want);
  });
});
