import { type CronJob, cronJobKind, type Job, jobKind, type New } from '@steersman/types';
import { timeText } from '../times.ts';
import { TestWorld } from '../test-world.ts';
import { cronJobController } from './cron-job.controller.ts';

const MINUTE = 60_000;

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

/** On a full hour. */
async function start(spec: object = {}): Promise<TestWorld> {
  const world = new TestWorld();
  worlds.push(world);
  await world.clock.advance(60 * MINUTE - (world.clock.wall().getTime() % (60 * MINUTE)));
  const { client, recorder, clock } = world.parts('cronjob-controller');
  world.run(cronJobController({ client, recorder, clock, cronJobs: world.informer(cronJobKind), jobs: world.informer(jobKind) }));
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
  const cronJob: New<CronJob> = {
    metadata: { name: 'tick', namespace: 'ns' },
    spec: { schedule: '*/5 * * * *', timeZone: 'Etc/UTC', jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template } }, ...spec },
    status: {},
  };
  await world.client.of(cronJobKind).create(cronJob);
  await world.settle();
  return world;
}

async function pass(world: TestWorld, minutes: number): Promise<void> {
  await world.clock.advance(minutes * MINUTE);
  await world.settle();
}

const jobs = (world: TestWorld): readonly Job[] => [...world.all(jobKind)].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
const statusOf = (world: TestWorld) => world.one(cronJobKind, 'ns/tick').status;

async function finish(world: TestWorld, job: Job, type: 'Complete' | 'Failed' = 'Complete'): Promise<void> {
  const now = timeText(world.clock.wall());
  const status = { conditions: [{ type, status: 'True', lastTransitionTime: now }], ...(type === 'Complete' && { completionTime: now }) };
  await world.client.of(jobKind).updateStatus({ ...world.one(jobKind, `ns/${job.metadata.name}`), status });
  await world.settle();
}

describe('cronJobController', () => {
  it('makes a Job when its time comes, and not before', async () => {
    const world = await start();
    await pass(world, 4);
    expect(jobs(world)).toEqual([]);
    const due = new Date(Math.ceil(world.clock.wall().getTime() / (5 * MINUTE)) * 5 * MINUTE);
    await pass(world, 1);
    const [job] = jobs(world) as [Job];
    expect(job.metadata).toMatchObject({
      name: `tick-${due.getTime() / MINUTE}`,
      labels: { a: 'b' },
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': timeText(due) },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'tick', controller: true }],
    });
    expect(statusOf(world)).toEqual({
      active: [expect.objectContaining({ kind: 'Job', name: job.metadata.name, uid: job.metadata.uid })],
      lastScheduleTime: timeText(due),
    });
    expect(world.events()).toEqual([`SuccessfulCreate: Created job ${job.metadata.name}`]);
  });

  it('tells the end of its Jobs, and keeps as many as it is told', async () => {
    const world = await start({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 });
    for (let turn = 0; turn < 4; turn++) {
      await pass(world, 5);
      await finish(world, jobs(world).at(-1)!, turn === 0 ? 'Failed' : 'Complete');
    }
    expect(jobs(world)).toHaveLength(2);
    expect(statusOf(world)).toEqual({
      lastScheduleTime: expect.any(String),
      lastSuccessfulTime: jobs(world).at(-1)?.status.completionTime,
    });
    expect(world.events()).toContainEqual(expect.stringMatching(/^SawCompletedJob: Saw completed job: tick-\d+, condition: Complete$/));
  });

  it.each([
    { concurrencyPolicy: 'Allow', want: 2 },
    { concurrencyPolicy: 'Forbid', want: 1 },
    { concurrencyPolicy: 'Replace', want: 1 },
  ])('lets Jobs run beside each other: $concurrencyPolicy', async ({ concurrencyPolicy, want }) => {
    const world = await start({ concurrencyPolicy });
    await pass(world, 5);
    const [first] = jobs(world) as [Job];
    await pass(world, 5);
    expect(jobs(world)).toHaveLength(want);
    expect(statusOf(world).active).toHaveLength(want);
    expect(jobs(world).some(({ metadata }) => metadata.uid === first.metadata.uid)).toBe(concurrencyPolicy !== 'Replace');
  });

  it('runs a forbidden time later, when the Job before is over', async () => {
    const world = await start({ concurrencyPolicy: 'Forbid' });
    await pass(world, 5);
    await pass(world, 6);
    await finish(world, jobs(world)[0]!);
    expect(jobs(world)).toHaveLength(2);
    expect(world.events()).toContain(
      'JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid',
    );
  });

  it('makes nothing while it is suspended, and one Job only for all it has missed', async () => {
    const world = await start({ suspend: true });
    await pass(world, 21);
    expect(jobs(world)).toEqual([]);
    await world.change(cronJobKind, 'ns/tick', draft => void (draft.spec.suspend = false));
    await world.settle();
    expect(jobs(world)).toHaveLength(1);
  });

  it('lets a time go by whose deadline is over', async () => {
    const world = await start({ suspend: true, startingDeadlineSeconds: 30 });
    await pass(world, 7);
    await world.change(cronJobKind, 'ns/tick', draft => void (draft.spec.suspend = false));
    await world.settle();
    expect(jobs(world)).toEqual([]);
    await pass(world, 5);
    expect(jobs(world)).toHaveLength(1);
  });
});
