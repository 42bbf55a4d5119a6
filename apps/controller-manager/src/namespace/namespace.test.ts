import { configMapKind, namespaceKind, podKind, secretKind, serviceAccountKind } from '@steersman/types';
import { serviceAccountController } from '../service-account/service-account.controller.ts';
import { TestWorld } from '../test-world.ts';
import { namespaceController } from './namespace.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  const { client, clock, informer } = world;
  world.run(namespaceController({ client, informer, clock }), serviceAccountController({ client, informer }));
  return world;
}

const namespace = (name: string) => ({ metadata: { name }, spec: {}, status: {} });
const conditionsOf = (world: TestWorld) =>
  Object.fromEntries(
    (world.one(namespaceKind, 'team').status.conditions ?? []).map(({ type, status, message }) => [type, `${status} ${message}`]),
  );

describe('namespaceController', () => {
  it('deletes what is in the namespace, then the namespace, and nothing else', async () => {
    const world = start();
    for (const name of ['team', 'other']) {
      await world.client.of(namespaceKind).create(namespace(name));
      await world.client.of(configMapKind).create({ metadata: { name: 'a', namespace: name } });
      await world.client.of(secretKind).create({ metadata: { name: 'b', namespace: name } });
    }
    await world.settle();
    await world.client.of(namespaceKind).delete({ name: 'team' });
    await world.settle();
    await world.clock.advance(2_000);
    expect(world.all(namespaceKind).map(({ metadata }) => metadata.name)).toEqual(['other']);
    expect(
      [...world.all(configMapKind), ...world.all(secretKind), ...world.all(serviceAccountKind)].map(
        ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
      ),
    ).toEqual(['other/a', 'other/b', 'other/default']);
  });

  it('waits for pods to end and for finalizers, and says so', async () => {
    const world = start();
    await world.client.of(namespaceKind).create(namespace('team'));
    await world.client.of(podKind).create({
      metadata: { name: 'p', namespace: 'team' },
      spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
      status: {},
    });
    await world.client.of(configMapKind).create({ metadata: { name: 'held', namespace: 'team', finalizers: ['example.com/hold'] } });
    await world.client.of(namespaceKind).delete({ name: 'team' });
    await world.settle();
    expect(world.one(namespaceKind, 'team').status.phase).toBe('Terminating');
    expect(conditionsOf(world)).toMatchObject({
      NamespaceContentRemaining: 'True Some resources are remaining: configmaps. has 1 resource instances, pods. has 1 resource instances',
      NamespaceFinalizersRemaining: 'True Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
      NamespaceDeletionContentFailure: 'False All content successfully deleted, may be waiting on finalization',
    });
    await world.client.of(podKind).delete({ namespace: 'team', name: 'p' }, { gracePeriodSeconds: 0 });
    await world.change(configMapKind, 'team/held', draft => void (draft.metadata.finalizers = []));
    await world.clock.advance(2_000);
    expect(world.all(namespaceKind)).toEqual([]);
  });
});

describe('serviceAccountController', () => {
  it('gives each namespace its default account, again when it was deleted', async () => {
    const world = start();
    await world.client.of(namespaceKind).create(namespace('team'));
    await world.settle();
    const first = world.one(serviceAccountKind, 'team/default');
    await world.client.of(serviceAccountKind).delete({ namespace: 'team', name: 'default' });
    await world.settle();
    expect(world.one(serviceAccountKind, 'team/default').metadata.uid).not.toBe(first.metadata.uid);
  });
});
