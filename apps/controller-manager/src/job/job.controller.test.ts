import { type Job, jobKind, type New, type Pod, podKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { jobController, jobOrphanController } from './job.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  const parts = { ...world.parts('job-controller'), jobs: world.informer(jobKind) };
  world.run(jobController(parts), jobOrphanController(parts));
  return world;
}

const job = (spec: object = {}, podSpec: object = {}): New<Job> => ({
  metadata: { name: 'work', namespace: 'ns' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }], ...podSpec } }, ...spec },
  status: {},
});

const statusOf = (world: TestWorld) => world.one(jobKind, 'ns/work').status;
const conditions = (world: TestWorld): readonly string[] =>
  (statusOf(world).conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const active = (world: TestWorld): readonly Pod[] =>
  world.all(podKind).filter(({ status, metadata }) => status.phase === 'Pending' && !metadata.deletionTimestamp);

async function end(world: TestWorld, pod: Pod, phase: 'Succeeded' | 'Failed', exitCode = phase === 'Failed' ? 1 : 0): Promise<void> {
  const finishedAt = world.clock.wall().toISOString();
  const state = { terminated: { exitCode, finishedAt } };
  const containerStatuses = [{ name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0, state }];
  await world.client.of(podKind).updateStatus({ ...world.one(podKind, `ns/${pod.metadata.name}`), status: { phase, containerStatuses } });
  await world.settle();
}

async function create(world: TestWorld, object: New<Job>): Promise<void> {
  await world.client.of(jobKind).create(object);
  await world.settle();
}

describe('jobController', () => {
  it('runs a pod to its end and tells', async () => {
    const world = start();
    await create(world, job());
    const [pod] = active(world) as [Pod];
    const { uid } = world.one(jobKind, 'ns/work').metadata;
    expect(pod.metadata).toMatchObject({
      name: expect.stringMatching(/^work-.{5}$/),
      labels: { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': 'work', 'job-name': 'work' },
      finalizers: ['batch.kubernetes.io/job-tracking'],
    });
    expect(statusOf(world)).toMatchObject({ active: 1, ready: 0, startTime: expect.any(String) });
    await end(world, pod, 'Succeeded');
    expect(conditions(world)).toEqual(['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached']);
    expect(statusOf(world)).toMatchObject({
      succeeded: 1,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      completionTime: expect.any(String),
    });
    expect(statusOf(world).active).toBeUndefined();
    expect(world.all(podKind)[0]?.metadata.finalizers ?? []).toEqual([]);
    expect(world.events()).toEqual([`SuccessfulCreate: Created pod: ${pod.metadata.name}`, 'Completed: Job completed']);
  });

  it('keeps as many at work as may be, and no more than are needed', async () => {
    const world = start();
    await create(world, job({ completions: 5, parallelism: 3 }));
    expect(active(world)).toHaveLength(3);
    for (const pod of active(world)) await end(world, pod, 'Succeeded');
    expect(active(world)).toHaveLength(2);
    for (const pod of active(world)) await end(world, pod, 'Succeeded');
    expect(statusOf(world).succeeded).toBe(5);
    expect(conditions(world)).toContain('Complete=True CompletionsReached');
  });

  it('counts each pod once, whatever is deleted meanwhile', async () => {
    const world = start();
    await create(world, job({ completions: 3 }));
    for (let turn = 0; turn < 3; turn++) {
      const [pod] = active(world) as [Pod];
      await end(world, pod, 'Succeeded');
      await world.client.of(podKind).delete({ namespace: 'ns', name: pod.metadata.name }, { gracePeriodSeconds: 0 });
      await world.settle();
    }
    expect(statusOf(world)).toMatchObject({ succeeded: 3 });
    expect(conditions(world)).toContain('Complete=True CompletionsReached');
  });

  it('replaces failed pods more and more slowly, and gives up', async () => {
    const world = start();
    await create(world, job({ backoffLimit: 2 }));
    await end(world, active(world)[0]!, 'Failed');
    expect(active(world)).toHaveLength(0);
    await world.clock.advance(10_000);
    await world.settle();
    await end(world, active(world)[0]!, 'Failed');
    await world.clock.advance(10_000);
    await world.settle();
    expect(active(world)).toHaveLength(0);
    await world.clock.advance(10_000);
    await world.settle();
    await end(world, active(world)[0]!, 'Failed');
    expect(statusOf(world)).toMatchObject({ failed: 3 });
    expect(conditions(world)).toEqual(['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']);
    expect(world.events()).toContain('BackoffLimitExceeded: Job has reached the specified backoff limit');
  });

  it('ends what takes too long', async () => {
    const world = start();
    await create(world, job({ activeDeadlineSeconds: 60, parallelism: 2 }));
    await world.clock.advance(61_000);
    await world.settle();
    expect(active(world)).toEqual([]);
    expect(conditions(world)).toEqual(['FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded']);
    expect(statusOf(world)).toMatchObject({ failed: 2 });
  });

  it('stops and goes on', async () => {
    const world = start();
    await create(world, job({ parallelism: 2, completions: 2 }));
    await world.change(jobKind, 'ns/work', draft => void (draft.spec.suspend = true));
    await world.settle();
    expect(active(world)).toEqual([]);
    expect(conditions(world)).toEqual(['Suspended=True JobSuspended']);
    expect(statusOf(world)).not.toHaveProperty('startTime');
    expect(statusOf(world)).not.toHaveProperty('failed');
    await world.change(jobKind, 'ns/work', draft => void (draft.spec.suspend = false));
    await world.settle();
    expect(active(world)).toHaveLength(2);
    expect(conditions(world)).toEqual(['Suspended=False JobResumed']);
    expect(statusOf(world)).toHaveProperty('startTime');
  });

  it('gives each pod of an Indexed Job its index', async () => {
    const world = start();
    await create(world, job({ completionMode: 'Indexed', completions: 3, parallelism: 2 }));
    const indexes = () =>
      active(world)
        .map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'])
        .sort();
    expect(indexes()).toEqual(['0', '1']);
    const first = active(world).find(({ metadata }) => metadata.name.startsWith('work-0-'))!;
    expect(first.spec).toMatchObject({
      hostname: 'work-0',
      containers: [
        {
          env: [
            {
              name: 'JOB_COMPLETION_INDEX',
              valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } },
            },
          ],
        },
      ],
    });
    await end(world, first, 'Succeeded');
    expect(indexes()).toEqual(['1', '2']);
    for (const pod of active(world)) await end(world, pod, 'Succeeded');
    expect(statusOf(world)).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    expect(conditions(world)).toContain('Complete=True CompletionsReached');
  });

  it('is complete when the indexes that matter have succeeded, and the others end', async () => {
    const world = start();
    const successPolicy = { rules: [{ succeededIndexes: '0,2', succeededCount: 1 }] };
    await create(world, job({ completionMode: 'Indexed', completions: 3, parallelism: 3, successPolicy }));
    const podOf = (index: number): Pod => active(world).find(({ metadata }) => metadata.name.startsWith(`work-${index}-`))!;
    await end(world, podOf(1), 'Succeeded');
    expect(conditions(world)).toEqual([]);
    await end(world, podOf(2), 'Succeeded');
    expect(conditions(world)).toEqual(['SuccessCriteriaMet=True SuccessPolicy', 'Complete=True SuccessPolicy']);
    expect(active(world)).toEqual([]);
    expect(statusOf(world)).toMatchObject({ succeeded: 2, completedIndexes: '1,2' });
    expect(statusOf(world)).not.toHaveProperty('failed');
  });

  it('lets indexes fail each for itself, and the Job at the end', async () => {
    const world = start();
    await create(world, job({ completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimitPerIndex: 0 }));
    await end(world, active(world)[0]!, 'Failed');
    expect(active(world)).toHaveLength(1);
    await end(world, active(world)[0]!, 'Succeeded');
    expect(statusOf(world)).toMatchObject({ completedIndexes: '1', failedIndexes: '0', succeeded: 1, failed: 1 });
    expect(conditions(world)).toEqual(['FailureTarget=True FailedIndexes', 'Failed=True FailedIndexes']);
  });

  it.each([
    {
      name: 'fails at once for an exit code that no retry mends',
      action: 'FailJob',
      exitCode: 42,
      want: ['FailureTarget=True PodFailurePolicy', 'Failed=True PodFailurePolicy'],
      failed: 1,
    },
    { name: 'does not count what it is told to ignore', action: 'Ignore', exitCode: 42, want: [], failed: undefined },
    { name: 'counts what no rule is about', action: 'FailJob', exitCode: 1, want: [], failed: 1 },
  ])('$name', async ({ action, exitCode, want, failed }) => {
    const world = start();
    await create(world, job({ podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] } }));
    await end(world, active(world)[0]!, 'Failed', exitCode);
    expect(conditions(world)).toEqual(want);
    expect(statusOf(world).failed).toBe(failed);
  });

  it('lets its pods go when it is deleted', async () => {
    const world = start();
    await create(world, job());
    await world.client.of(jobKind).delete({ namespace: 'ns', name: 'work' });
    await world.settle();
    expect(world.all(podKind)[0]?.metadata.finalizers ?? []).toEqual([]);
  });
});
