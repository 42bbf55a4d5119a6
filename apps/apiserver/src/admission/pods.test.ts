import {
  limitRangeKind,
  namespaceKind,
  type Pod,
  podKind,
  priorityClassKind,
  runtimeClassKind,
  serviceAccountKind,
} from '@steersman/types';
import { TestApi } from '../testing/test-api.ts';

let world: TestApi;
beforeAll(async () => {
  world = await TestApi.start();
  for (const name of ['limited', 'plain']) {
    await world.ask('create', namespaceKind, { body: { metadata: { name } } });
    await world.ask('create', serviceAccountKind, {
      namespace: name,
      body: { metadata: { name: 'default' }, imagePullSecrets: [{ name: 'pull' }] },
    });
  }
  const limits = [
    {
      type: 'Container',
      max: { cpu: '2' },
      min: { cpu: '100m' },
      default: { cpu: '1' },
      defaultRequest: { cpu: '500m' },
      maxLimitRequestRatio: { cpu: '4' },
    },
    { type: 'Pod', max: { cpu: '3' } },
  ];
  await world.ask('create', limitRangeKind, { namespace: 'limited', body: { metadata: { name: 'limits' }, spec: { limits } } });
  await world.ask('create', priorityClassKind, { body: { metadata: { name: 'high' }, value: 1_000, preemptionPolicy: 'Never' } });
  await world.ask('create', priorityClassKind, { body: { metadata: { name: 'usual' }, value: 10, globalDefault: true } });
  const scheduling = { nodeSelector: { sandbox: 'yes' }, tolerations: [{ key: 'sandbox', operator: 'Exists', effect: 'NoSchedule' }] };
  const runtime = { handler: 'runsc', overhead: { podFixed: { cpu: '250m' } }, scheduling };
  await world.ask('create', runtimeClassKind, { body: { metadata: { name: 'sandboxed' }, ...runtime } });
});
afterAll(async () => world[Symbol.asyncDispose]());

let count = 0;
const create = ({
  namespace = 'plain',
  cpu,
  containers = 1,
  ...spec
}: Readonly<Record<string, unknown>> & { namespace?: string; cpu?: object; containers?: number }) =>
  world.ask<Pod>('create', podKind, {
    namespace,
    body: {
      metadata: { name: `p${++count}` },
      spec: {
        containers: Array.from({ length: containers }, (_, at) => ({ name: `c${at}`, image: 'i', ...(cpu && { resources: cpu }) })),
        ...spec,
      },
    },
  });
const refusal = (made: Promise<unknown>): Promise<string> =>
  made.then(
    () => '',
    (err: Error) => err.message.replace(/^pods "p\d+" is forbidden: /, ''),
  );

it('gives a pod what it does not say', async () => {
  const { spec } = await create({});
  expect(spec).toMatchObject({
    serviceAccountName: 'default',
    serviceAccount: 'default',
    imagePullSecrets: [{ name: 'pull' }],
    priority: 10,
    priorityClassName: 'usual',
    preemptionPolicy: 'PreemptLowerPriority',
    tolerations: [{ key: 'node.kubernetes.io/not-ready', tolerationSeconds: 300 }, { key: 'node.kubernetes.io/unreachable' }],
  });
});

it('gives a pod the priority of its class and the cost of its runtime', async () => {
  const { spec } = await create({ priorityClassName: 'high', runtimeClassName: 'sandboxed' });
  expect(spec).toMatchObject({ priority: 1_000, preemptionPolicy: 'Never', overhead: { cpu: '250m' }, nodeSelector: { sandbox: 'yes' } });
  expect(spec.tolerations?.some(({ key }) => key === 'sandbox')).toBe(true);
});

it('fills in what limit ranges give, and says so', async () => {
  const { spec, metadata, status } = await create({ namespace: 'limited' });
  expect(spec.containers[0]?.resources).toEqual({ limits: { cpu: '1' }, requests: { cpu: '500m' } });
  expect(metadata.annotations?.['kubernetes.io/limit-ranger']).toBe(
    'LimitRanger plugin set: cpu request for container c0; cpu limit for container c0',
  );
  expect(status.qosClass).toBe('Burstable');
});

it.each([
  {
    name: 'an account that does not exist',
    spec: { serviceAccountName: 'none' },
    why: 'error looking up service account plain/none: serviceaccount "none" not found',
  },
  { name: 'a class that does not exist', spec: { priorityClassName: 'none' }, why: 'no PriorityClass with name none was found' },
  {
    name: 'a priority of its own',
    spec: { priority: 5 },
    why: 'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 10 from the given PriorityClass name',
  },
  { name: 'a runtime that does not exist', spec: { runtimeClassName: 'none' }, why: 'pod rejected: RuntimeClass "none" not found' },
  {
    name: 'a cost of its own',
    spec: { overhead: { cpu: '1' } },
    why: 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  },
  {
    name: 'another cost than its runtime has',
    spec: { overhead: { cpu: '1' }, runtimeClassName: 'sandboxed' },
    why: "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
  },
  {
    name: 'nodes that its runtime is not on',
    spec: { nodeSelector: { sandbox: 'no' }, runtimeClassName: 'sandboxed' },
    why: 'conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; pod.spec.nodeSelector[sandbox] = no',
  },
  {
    name: 'more than the maximum',
    spec: { namespace: 'limited', cpu: { limits: { cpu: '2500m' } } },
    why: 'maximum cpu usage per Container is 2, but limit is 2500m',
  },
  {
    name: 'less than the minimum',
    spec: { namespace: 'limited', cpu: { limits: { cpu: '200m' }, requests: { cpu: '50m' } } },
    why: 'minimum cpu usage per Container is 100m, but request is 50m',
  },
  {
    name: 'too little for its limit',
    spec: { namespace: 'limited', cpu: { limits: { cpu: '1' }, requests: { cpu: '200m' } } },
    why: 'cpu max limit to request ratio per Container is 4, but provided ratio is 5.000000',
  },
  {
    name: 'more in all its containers',
    spec: { namespace: 'limited', containers: 4 },
    why: 'maximum cpu usage per Pod is 3, but limit is 4',
  },
])('refuses a pod with $name', async ({ spec, why }) => {
  expect(await refusal(create(spec))).toBe(why);
});

it('has one priority class for pods that name none', async () => {
  const second = world.ask('create', priorityClassKind, { body: { metadata: { name: 'other' }, value: 5, globalDefault: true } });
  await expect(second).rejects.toThrow('PriorityClass usual is already marked as default. Only one default can exist');
});
