import { StatusError } from '@steersman/status';
import { type FakeClientOptions } from '@steersman/testing';
import { controllerOf, type New, type Pod, podKind, type ReplicaSet, replicaSetKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { replicaSetController } from './replica-set.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(options: FakeClientOptions = {}): TestWorld {
  const world = new TestWorld(options);
  worlds.push(world);
  world.run(
    replicaSetController({
      client: world.client,
      replicaSets: world.informer(replicaSetKind),
      pods: world.informer(podKind),
      recorder: world.recorder('replicaset-controller'),
      clock: world.clock,
    }),
  );
  return world;
}

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
const replicaSet = (replicas: number, more: Partial<ReplicaSet['spec']> = {}): New<ReplicaSet> => ({
  metadata: { name: 'web', namespace: 'ns' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template, ...more },
  status: { replicas: 0 },
});
const loosePod = (name: string, labels: Record<string, string>): New<Pod> => ({
  metadata: { name, namespace: 'ns', labels },
  spec: { containers: [{ name: 'c', image: 'i' }] },
  status: {},
});
const statusOf = (world: TestWorld) => world.one(replicaSetKind, 'ns/web').status;

describe('replicaSetController', () => {
  it('creates what is missing, once, and tells', async () => {
    const world = start();
    const { metadata } = await world.client.of(replicaSetKind).create(replicaSet(3));
    await world.settle();
    const pods = world.all(podKind);
    expect(pods).toHaveLength(3);
    expect(pods[0]).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/),
        generateName: 'web-',
        labels: { app: 'web' },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: metadata.uid, controller: true, blockOwnerDeletion: true },
        ],
      },
    });
    expect(statusOf(world)).toEqual({ replicas: 3, fullyLabeledReplicas: 3, terminatingReplicas: 0, observedGeneration: 1 });
    expect([...world.events()].sort()).toEqual(pods.map(pod => `SuccessfulCreate: Created pod: ${pod.metadata.name}`).sort());
  });

  it('counts ready and available pods', async () => {
    const world = start();
    await world.client.of(replicaSetKind).create(replicaSet(2, { minReadySeconds: 30 }));
    await world.settle();
    await world.runPods();
    await world.settle();
    expect(statusOf(world)).toMatchObject({ readyReplicas: 2 });
    expect(statusOf(world).availableReplicas).toBeUndefined();
    await world.clock.advance(31_000);
    await world.settle();
    expect(statusOf(world)).toMatchObject({ readyReplicas: 2, availableReplicas: 2 });
  });

  it('deletes what is too much, pods that are not ready first', async () => {
    const world = start();
    await world.client.of(replicaSetKind).create(replicaSet(3));
    await world.settle();
    const [ready] = world.all(podKind);
    await world.runPods(pod => pod === ready);
    await world.change(replicaSetKind, 'ns/web', draft => void (draft.spec.replicas = 1));
    await world.settle();
    expect(world.all(podKind).map(({ metadata }) => metadata.name)).toEqual([ready?.metadata.name]);
    expect(world.events().filter(event => event.startsWith('SuccessfulDelete'))).toHaveLength(2);
  });

  it.each([
    { name: 'deleted', harm: (world: TestWorld, pod: Pod) => world.client.of(podKind).delete(pod.metadata) },
    {
      name: 'failed',
      harm: (world: TestWorld, pod: Pod) => world.client.of(podKind).updateStatus({ ...pod, status: { phase: 'Failed' } }),
    },
    {
      name: 'no longer selected',
      harm: (world: TestWorld, pod: Pod) =>
        world.change(podKind, `ns/${pod.metadata.name}`, draft => void (draft.metadata.labels = { app: 'other' })),
    },
  ])('replaces a pod that is $name', async ({ harm }) => {
    const world = start();
    await world.client.of(replicaSetKind).create(replicaSet(2));
    await world.settle();
    const [victim] = world.all(podKind);
    await harm(world, victim!);
    await world.settle();
    const standing = world.all(podKind).filter(pod => pod.status.phase !== 'Failed' && controllerOf(pod)?.name === 'web');
    expect(standing).toHaveLength(2);
    expect(standing.map(({ metadata }) => metadata.name)).not.toContain(victim?.metadata.name);
  });

  it('adopts matching pods nobody owns, and leaves the others', async () => {
    const world = start();
    await world.client.of(podKind).create(loosePod('mine', { app: 'web' }));
    await world.client.of(podKind).create(loosePod('other', { app: 'db' }));
    await world.client.of(replicaSetKind).create(replicaSet(1));
    await world.settle();
    expect(world.all(podKind).map(pod => [pod.metadata.name, controllerOf(pod)?.name])).toEqual([
      ['mine', 'web'],
      ['other', undefined],
    ]);
  });

  it('replaces nothing while it is going away', async () => {
    const world = start();
    await world.client.of(replicaSetKind).create({ ...replicaSet(2), metadata: { name: 'web', namespace: 'ns', finalizers: ['x'] } });
    await world.client.of(replicaSetKind).delete({ namespace: 'ns', name: 'web' });
    await world.settle();
    for (const pod of world.all(podKind)) await world.client.of(podKind).delete(pod.metadata);
    await world.settle();
    expect(world.all(podKind)).toEqual([]);
  });

  it('starts slowly when pods are refused, shows why, and recovers', async () => {
    let refuse = true;
    const world = start({
      intercept: ({ verb, resource }) => {
        if (refuse && verb === 'create' && resource === 'pods')
          throw new StatusError('Forbidden', 'pods "web-x" is forbidden: exceeded quota');
      },
    });
    await world.client.of(replicaSetKind).create(replicaSet(100));
    await world.settle();
    const tries = world.client.writes.filter(({ verb, resource }) => verb === 'create' && resource === 'pods').length;
    expect(tries).toBeLessThan(20);
    expect(statusOf(world).conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'pods "web-x" is forbidden: exceeded quota' },
    ]);
    expect(world.events()[0]).toBe('FailedCreate: Error creating: pods "web-x" is forbidden: exceeded quota');
    refuse = false;
    await world.clock.advance(2_000_000);
    await world.settle();
    expect(world.all(podKind)).toHaveLength(100);
    expect(statusOf(world).conditions).toBeUndefined();
  });

  it('shows pods on their way out', async () => {
    const world = start();
    await world.client.of(replicaSetKind).create(replicaSet(1));
    await world.settle();
    const [pod] = world.all(podKind);
    await world.client
      .of(podKind)
      .post(pod!.metadata, 'binding', { metadata: { name: pod!.metadata.name }, target: { kind: 'Node', name: 'n1' } });
    await world.client.of(podKind).delete(pod!.metadata);
    await world.settle();
    expect(statusOf(world)).toMatchObject({ replicas: 1, terminatingReplicas: 1 });
  });
});
