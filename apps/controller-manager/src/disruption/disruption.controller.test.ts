import { type Pod, type PodDisruptionBudget, podDisruptionBudgetKind, podKind, type ReplicaSet, replicaSetKind } from '@steersman/types';
import { controllerReference } from '../claim.ts';
import { timeText } from '../times.ts';
import { TestWorld } from '../test-world.ts';
import { disruptionController } from './disruption.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  world.run(
    disruptionController({
      client: world.client,
      informer: world.informer,
      recorder: world.recorder('controllermanager'),
      clock: world.clock,
    }),
  );
  return world;
}

const labels = { app: 'web' };
const podSpec = { containers: [{ name: 'c', image: 'i' }] };

async function addSet(world: TestWorld, replicas: number): Promise<ReplicaSet> {
  return await world.client.of(replicaSetKind).create({
    metadata: { name: 'web', namespace: 'ns' },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } },
    status: { replicas: 0 },
  });
}

async function addPods(
  world: TestWorld,
  count: number,
  { owner, ready = count }: { owner?: object; ready?: number } = {},
): Promise<readonly Pod[]> {
  const pods = world.client.of(podKind);
  const made: Pod[] = [];
  for (let at = 0; at < count; at++) {
    const pod = await pods.create({
      metadata: { name: `web-${at}`, namespace: 'ns', labels, ...(owner && { ownerReferences: [owner as never] }) },
      spec: podSpec,
      status: {},
    });
    made.push(
      await pods.updateStatus({
        ...pod,
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: at < ready ? 'True' : 'False' }] },
      }),
    );
  }
  return made;
}

const addBudget = (world: TestWorld, spec: PodDisruptionBudget['spec']): Promise<PodDisruptionBudget> =>
  world.client
    .of(podDisruptionBudgetKind)
    .create({ metadata: { name: 'web', namespace: 'ns' }, spec: { selector: { matchLabels: labels }, ...spec }, status: {} });

const statusOf = (world: TestWorld) => world.one(podDisruptionBudgetKind, 'ns/web').status;
const numbers = (world: TestWorld) => {
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = statusOf(world);
  return { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods };
};

describe('disruptionController', () => {
  it.each<{ name: string; spec: PodDisruptionBudget['spec']; replicas: number; ready: number; want: readonly number[] }>([
    { name: 'a number that must be available', spec: { minAvailable: 2 }, replicas: 3, ready: 3, want: [1, 3, 2, 3] },
    { name: 'a share that must be available, rounded up', spec: { minAvailable: '50%' }, replicas: 3, ready: 3, want: [1, 3, 2, 3] },
    { name: 'a number that may be missing', spec: { maxUnavailable: 1 }, replicas: 3, ready: 3, want: [1, 3, 2, 3] },
    { name: 'a share that may be missing, rounded up', spec: { maxUnavailable: '30%' }, replicas: 4, ready: 4, want: [2, 4, 2, 4] },
    { name: 'one that is missing already', spec: { maxUnavailable: 1 }, replicas: 3, ready: 2, want: [0, 2, 2, 3] },
    { name: 'fewer than there must be', spec: { minAvailable: 5 }, replicas: 3, ready: 3, want: [0, 3, 5, 3] },
  ])('$name', async ({ spec, replicas, ready, want }) => {
    const world = start();
    const owner = controllerReference(replicaSetKind, await addSet(world, replicas));
    await addPods(world, replicas, { owner, ready });
    await addBudget(world, spec);
    await world.settle();
    const [disruptionsAllowed = 0, currentHealthy, desiredHealthy, expectedPods] = want;
    expect(numbers(world)).toEqual({ disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods });
    expect(statusOf(world).conditions).toMatchObject([
      {
        type: 'DisruptionAllowed',
        status: disruptionsAllowed > 0 ? 'True' : 'False',
        reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        observedGeneration: 1,
      },
    ]);
  });

  it('allows nothing where nobody can say how many pods there should be', async () => {
    const world = start();
    await addPods(world, 2, { owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'web', uid: 'u', controller: true } });
    await addBudget(world, { maxUnavailable: 1 });
    await world.settle();
    expect(statusOf(world)).toMatchObject({ disruptionsAllowed: 0, conditions: [{ status: 'False', reason: 'SyncFailed' }] });
  });

  it('counts pods that are about to be evicted as gone, for two minutes', async () => {
    const world = start();
    await addPods(world, 3);
    const made = await addBudget(world, { minAvailable: 1 });
    await world.settle();
    const current = world.one(podDisruptionBudgetKind, 'ns/web');
    const disruptedPods = { 'web-0': timeText(world.clock.wall()), gone: timeText(world.clock.wall()) };
    await world.client
      .of(podDisruptionBudgetKind)
      .updateStatus({ ...current, status: { ...current.status, disruptionsAllowed: 1, disruptedPods } });
    await world.settle();
    expect(made.metadata.name).toBe('web');
    expect(statusOf(world)).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1, disruptedPods: { 'web-0': expect.any(String) } });
    expect(statusOf(world).disruptedPods).not.toHaveProperty('gone');
    await world.clock.advance(121_000);
    await world.settle();
    expect(statusOf(world)).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 2 });
    expect(statusOf(world)).not.toHaveProperty('disruptedPods');
  });

  it('follows pods as they become ready', async () => {
    const world = start();
    const [pod] = await addPods(world, 2, { ready: 0 });
    await addBudget(world, { minAvailable: 0 });
    await world.settle();
    expect(numbers(world)).toMatchObject({ disruptionsAllowed: 0 });
    await world.client.of(podKind).updateStatus({ ...pod!, status: { ...pod!.status, conditions: [{ type: 'Ready', status: 'True' }] } });
    await world.settle();
    expect(numbers(world)).toMatchObject({ disruptionsAllowed: 1 });
  });
});
