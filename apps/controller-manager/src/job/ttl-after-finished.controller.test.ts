import { jobKind } from '@steersman/types';
import { timeText } from '../times.ts';
import { TestWorld } from '../test-world.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

async function start(spec: object): Promise<TestWorld> {
  const world = new TestWorld();
  worlds.push(world);
  world.run(ttlAfterFinishedController({ client: world.client, jobs: world.informer(jobKind), clock: world.clock }));
  await world.client.of(jobKind).create({
    metadata: { name: 'work', namespace: 'ns' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }, ...spec },
    status: {},
  });
  return world;
}

async function finish(world: TestWorld, type: 'Complete' | 'Failed'): Promise<void> {
  const conditions = [{ type, status: 'True', lastTransitionTime: timeText(world.clock.wall()) }];
  await world.client.of(jobKind).updateStatus({ ...world.one(jobKind, 'ns/work'), status: { conditions } });
  await world.settle();
}

const isThere = (world: TestWorld): boolean => world.all(jobKind).some(({ metadata }) => !metadata.deletionTimestamp);

describe('ttlAfterFinishedController', () => {
  it.each(['Complete', 'Failed'] as const)('deletes a Job that is %s when its time is over, its pods first', async type => {
    const world = await start({ ttlSecondsAfterFinished: 60 });
    await finish(world, type);
    await world.clock.advance(50_000);
    await world.settle();
    expect(isThere(world)).toBe(true);
    await world.clock.advance(10_000);
    await world.settle();
    expect(isThere(world)).toBe(false);
    expect(world.one(jobKind, 'ns/work').metadata.finalizers).toEqual(['foregroundDeletion']);
  });

  it('leaves those that say nothing', async () => {
    const world = await start({});
    await finish(world, 'Complete');
    await world.clock.advance(3_600_000);
    await world.settle();
    expect(isThere(world)).toBe(true);
  });
});
