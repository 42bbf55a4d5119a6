import { controllerRevisionKind, type New, type Pod, podKind, type StatefulSet, statefulSetKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { statefulSetController } from './stateful-set.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  world.run(
    statefulSetController({
      ...world.parts('statefulset-controller'),
      statefulSets: world.informer(statefulSetKind),
      revisions: world.informer(controllerRevisionKind),
    }),
  );
  return world;
}

const statefulSet = (spec: object = {}): New<StatefulSet> => ({
  metadata: { name: 'web', namespace: 'ns' },
  spec: {
    serviceName: 'web',
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    ...spec,
  },
  status: { replicas: 0 },
});

const names = (world: TestWorld): readonly string[] => world.all(podKind).map(({ metadata }) => metadata.name);
/** `web-0 v1` for each pod. */
const shown = (world: TestWorld): readonly string[] =>
  world.all(podKind).map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0]?.image}`);
const statusOf = (world: TestWorld) => world.one(statefulSetKind, 'ns/web').status;
const change = (world: TestWorld, edit: (spec: StatefulSet['spec']) => void) =>
  world.change(statefulSetKind, 'ns/web', draft => edit(draft.spec));
const setImage = (world: TestWorld, image: string) =>
  change(world, spec => void (spec.template.spec = { containers: [{ name: 'c', image }] }));

/** One turn of kubelets. */
async function run(world: TestWorld, matches: (pod: Pod) => boolean = () => true): Promise<void> {
  await world.runPods(matches);
  await world.settle();
}

async function create(world: TestWorld, object: New<StatefulSet>): Promise<void> {
  await world.client.of(statefulSetKind).create(object);
  await world.settle();
}

async function runAll(world: TestWorld): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await run(world);
}

describe('statefulSetController', () => {
  it('starts pods one after another, each when the one before is available', async () => {
    const world = start();
    await create(world, statefulSet());
    expect(names(world)).toEqual(['web-0']);
    await run(world);
    expect(names(world)).toEqual(['web-0', 'web-1']);
    await run(world);
    await run(world);
    expect(names(world)).toEqual(['web-0', 'web-1', 'web-2']);
    const [revision] = world.all(controllerRevisionKind);
    expect(world.all(podKind)[1]).toMatchObject({
      metadata: {
        labels: {
          app: 'web',
          'statefulset.kubernetes.io/pod-name': 'web-1',
          'apps.kubernetes.io/pod-index': '1',
          'controller-revision-hash': revision?.metadata.name,
        },
      },
      spec: { hostname: 'web-1', subdomain: 'web' },
    });
    expect(statusOf(world)).toEqual({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      currentRevision: revision?.metadata.name,
      updateRevision: revision?.metadata.name,
      collisionCount: 0,
    });
    expect(world.events()[0]).toBe('SuccessfulCreate: create Pod web-0 in StatefulSet web successful');
  });

  it('starts and stops them all at once with Parallel', async () => {
    const world = start();
    await create(world, statefulSet({ podManagementPolicy: 'Parallel' }));
    expect(names(world)).toEqual(['web-0', 'web-1', 'web-2']);
    await change(world, spec => void (spec.replicas = 0));
    await world.settle();
    expect(names(world)).toEqual([]);
  });

  it('stops the last first', async () => {
    const world = start();
    await create(world, statefulSet());
    await runAll(world);
    await change(world, spec => void (spec.replicas = 1));
    await world.settle();
    const deletes = world.client.writes.filter(({ verb }) => verb === 'delete').map(({ name }) => name);
    expect(deletes).toEqual(['web-2', 'web-1']);
    expect(names(world)).toEqual(['web-0']);
  });

  it('makes a lost or failed pod again, under its name', async () => {
    const world = start();
    await create(world, statefulSet());
    await runAll(world);
    const { uid } = world.one(podKind, 'ns/web-1').metadata;
    await world.client.of(podKind).updateStatus({ ...world.one(podKind, 'ns/web-1'), status: { phase: 'Failed' } });
    await world.settle();
    expect(world.one(podKind, 'ns/web-1').metadata.uid).not.toBe(uid);
    expect(world.events()).toContain('RecreatingFailedPod: StatefulSet ns/web is recreating failed Pod web-1');
  });

  it('updates from the last pod down, waiting for each', async () => {
    const world = start();
    await create(world, statefulSet());
    await runAll(world);
    await setImage(world, 'v2');
    await world.settle();
    expect(shown(world)).toEqual(['web-0 v1', 'web-1 v1', 'web-2 v2']);
    expect(statusOf(world)).toMatchObject({ currentReplicas: 2, updatedReplicas: 1, readyReplicas: 2 });
    await run(world);
    expect(shown(world)).toEqual(['web-0 v1', 'web-1 v2', 'web-2 v2']);
    await runAll(world);
    expect(shown(world)).toEqual(['web-0 v2', 'web-1 v2', 'web-2 v2']);
    const { currentRevision, updateRevision } = statusOf(world);
    expect(currentRevision).toBe(updateRevision);
  });

  it('leaves pods below the partition, and brings them back as they were', async () => {
    const world = start();
    await create(world, statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }));
    await runAll(world);
    await setImage(world, 'v2');
    await runAll(world);
    expect(shown(world)).toEqual(['web-0 v1', 'web-1 v1', 'web-2 v2']);
    await world.client.of(podKind).delete({ namespace: 'ns', name: 'web-0' }, { gracePeriodSeconds: 0 });
    await runAll(world);
    expect(shown(world)).toEqual(['web-0 v1', 'web-1 v1', 'web-2 v2']);
  });

  it('updates a pod when it is deleted with OnDelete', async () => {
    const world = start();
    await create(world, statefulSet({ updateStrategy: { type: 'OnDelete' } }));
    await runAll(world);
    await setImage(world, 'v2');
    await runAll(world);
    expect(shown(world)).toEqual(['web-0 v1', 'web-1 v1', 'web-2 v1']);
    await world.client.of(podKind).delete({ namespace: 'ns', name: 'web-1' }, { gracePeriodSeconds: 0 });
    await runAll(world);
    expect(shown(world)).toEqual(['web-0 v1', 'web-1 v2', 'web-2 v1']);
  });

  it('counts from where it is told', async () => {
    const world = start();
    await create(world, statefulSet({ replicas: 2, ordinals: { start: 5 } }));
    await runAll(world);
    expect(names(world)).toEqual(['web-5', 'web-6']);
  });

  it('leaves pods alone that have its labels and another name', async () => {
    const world = start();
    await world.client.of(podKind).create({
      metadata: { name: 'other-0', namespace: 'ns', labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
      status: {},
    });
    await create(world, statefulSet({ replicas: 1 }));
    expect(world.one(podKind, 'ns/other-0').metadata.ownerReferences).toBeUndefined();
  });

  it('says that it cannot make claims', async () => {
    const world = start();
    await create(
      world,
      statefulSet({
        volumeClaimTemplates: [
          { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }, status: {} },
        ],
      }),
    );
    expect(names(world)).toEqual([]);
    expect(world.events()[0]).toBe(
      'FailedCreate: create Pod web-0 in StatefulSet web failed error: spec.volumeClaimTemplates asks for the claim data-web-0, and this server has no persistentvolumeclaims: use another volume',
    );
  });
});
