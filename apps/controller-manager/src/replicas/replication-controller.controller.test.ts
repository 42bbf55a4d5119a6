import { type New, podKind, type ReplicationController, replicationControllerKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { replicationControllerController } from './replication-controller.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  world.run(
    replicationControllerController({
      ...world.parts('replication-controller'),
      replicationControllers: world.informer(replicationControllerKind),
    }),
  );
  return world;
}

const controller = (replicas: number): New<ReplicationController> => ({
  metadata: { name: 'web', namespace: 'ns' },
  spec: { replicas, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } } },
  status: { replicas: 0 },
});

describe('replicationControllerController', () => {
  it('keeps the number of pods its template selects by default', async () => {
    const world = start();
    const { metadata } = await world.client.of(replicationControllerKind).create(controller(2));
    await world.settle();
    await world.runPods();
    await world.settle();
    expect(world.all(podKind)).toMatchObject(
      [0, 1].map(() => ({
        metadata: {
          labels: { app: 'web' },
          ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'web', uid: metadata.uid, controller: true }],
        },
      })),
    );
    expect(world.one(replicationControllerKind, 'ns/web').status).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
  });

  it('gives up what is too much', async () => {
    const world = start();
    await world.client.of(replicationControllerKind).create(controller(3));
    await world.settle();
    await world.change(replicationControllerKind, 'ns/web', draft => void (draft.spec.replicas = 1));
    await world.settle();
    expect(world.all(podKind)).toHaveLength(1);
  });
});
