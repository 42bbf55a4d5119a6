import { controllerOf, type Deployment, deploymentKind, type New, podKind, type ReplicaSet, replicaSetKind } from '@steersman/types';
import { StatusError } from '@steersman/status';
import type { FakeClientOptions } from '@steersman/testing';
import { replicaSetController } from '../replicas/replica-set.controller.ts';
import { TestWorld } from '../test-world.ts';
import { deploymentController } from './deployment.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(options: FakeClientOptions = {}): TestWorld {
  const world = new TestWorld(options);
  worlds.push(world);
  const { client, clock } = world;
  const [deployments, replicaSets, pods] = [world.informer(deploymentKind), world.informer(replicaSetKind), world.informer(podKind)];
  world.run(
    deploymentController({ client, deployments, replicaSets, pods, recorder: world.recorder('deployment-controller'), clock }),
    replicaSetController({ client, replicaSets, pods, recorder: world.recorder('replicaset-controller'), clock }),
  );
  return world;
}

const deployment = (replicas: number, more: Partial<Deployment['spec']> = {}): New<Deployment> => ({
  metadata: { name: 'web', namespace: 'ns', labels: { app: 'web' } },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: templateOf('nginx:1'), ...more },
  status: {},
});
const templateOf = (image: string) => ({ metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } });
const setImage = (world: TestWorld, image: string) =>
  world.change(deploymentKind, 'ns/web', draft => void (draft.spec.template = templateOf(image)));
const get = (world: TestWorld) => world.one(deploymentKind, 'ns/web');
const imageOf = ({ spec }: ReplicaSet) => spec.template?.spec?.containers[0]?.image;
const setOf = (world: TestWorld, image: string) => world.all(replicaSetKind).find(set => imageOf(set) === image);
const conditionsOf = (world: TestWorld) =>
  Object.fromEntries((get(world).status.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]));
const scaling = (world: TestWorld) => world.events().filter(event => event.startsWith('ScalingReplicaSet'));

async function rolledOut(world: TestWorld): Promise<void> {
  for (let round = 0; round < 12; round++) {
    await world.settle();
    await world.runPods();
  }
  await world.settle();
}

describe('deploymentController', () => {
  it('makes one set of the wanted size, and tells how it went', async () => {
    const world = start();
    const { metadata } = await world.client.of(deploymentKind).create(deployment(3));
    await world.settle();
    const [set] = world.all(replicaSetKind);
    const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
    expect(set).toMatchObject({
      metadata: {
        name: `web-${hash}`,
        labels: { app: 'web', 'pod-template-hash': hash },
        annotations: {
          'deployment.kubernetes.io/revision': '1',
          'deployment.kubernetes.io/desired-replicas': '3',
          'deployment.kubernetes.io/max-replicas': '4',
        },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: metadata.uid, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
        template: { metadata: { labels: { app: 'web', 'pod-template-hash': hash } } },
      },
    });
    expect(get(world)).toMatchObject({
      metadata: { generation: 1, annotations: { 'deployment.kubernetes.io/revision': '1' } },
      status: { observedGeneration: 1, replicas: 3, updatedReplicas: 3, unavailableReplicas: 3 },
    });
    expect(conditionsOf(world)).toEqual({ Available: 'False MinimumReplicasUnavailable', Progressing: 'True ReplicaSetUpdated' });
    await rolledOut(world);
    expect(get(world).status).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 });
    expect(get(world).status.unavailableReplicas).toBeUndefined();
    expect(conditionsOf(world)).toEqual({ Available: 'True MinimumReplicasAvailable', Progressing: 'True NewReplicaSetAvailable' });
    expect(get(world).status.conditions?.find(({ type }) => type === 'Progressing')?.message).toBe(
      `ReplicaSet "web-${hash}" has successfully progressed.`,
    );
    expect(scaling(world)).toEqual([`ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 3`]);
  });

  it('rolls a new template out step by step, never below what must be available', async () => {
    const world = start();
    await world.client.of(deploymentKind).create(deployment(3));
    await rolledOut(world);
    await setImage(world, 'nginx:2');
    for (let round = 0; round < 12; round++) {
      await world.settle();
      const ready = world.all(podKind).filter(({ status }) => status.phase === 'Running');
      expect(ready.length).toBeGreaterThanOrEqual(3);
      expect(world.all(podKind).length).toBeLessThanOrEqual(4);
      await world.runPods();
    }
    await world.settle();
    const [oldName, newName] = [setOf(world, 'nginx:1')?.metadata.name, setOf(world, 'nginx:2')?.metadata.name];
    expect([setOf(world, 'nginx:1')?.spec.replicas, setOf(world, 'nginx:2')?.spec.replicas]).toEqual([0, 3]);
    expect(get(world).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect(scaling(world).slice(1)).toEqual([
      `ScalingReplicaSet: Scaled up replica set ${newName} from 0 to 1`,
      `ScalingReplicaSet: Scaled down replica set ${oldName} from 3 to 2`,
      `ScalingReplicaSet: Scaled up replica set ${newName} from 1 to 2`,
      `ScalingReplicaSet: Scaled down replica set ${oldName} from 2 to 1`,
      `ScalingReplicaSet: Scaled up replica set ${newName} from 2 to 3`,
      `ScalingReplicaSet: Scaled down replica set ${oldName} from 1 to 0`,
    ]);
  });

  it('rolls back to an old set under the next revision, keeping the history kubectl shows', async () => {
    const world = start();
    await world.client.of(deploymentKind).create(deployment(1));
    await rolledOut(world);
    await setImage(world, 'nginx:2');
    await rolledOut(world);
    await setImage(world, 'nginx:1');
    await rolledOut(world);
    expect(world.all(replicaSetKind)).toHaveLength(2);
    expect(setOf(world, 'nginx:1')?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    expect(get(world).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    expect(get(world).status).toMatchObject({ replicas: 1, updatedReplicas: 1, availableReplicas: 1 });
  });

  it('scales the set it has', async () => {
    const world = start();
    await world.client.of(deploymentKind).create(deployment(1));
    await rolledOut(world);
    await world.change(deploymentKind, 'ns/web', draft => void (draft.spec.replicas = 4));
    await rolledOut(world);
    const [set] = world.all(replicaSetKind);
    expect(set?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/desired-replicas': '4',
      'deployment.kubernetes.io/max-replicas': '5',
    });
    expect(get(world).status).toMatchObject({ replicas: 4, availableReplicas: 4, observedGeneration: 2 });
    expect(scaling(world).at(-1)).toBe(`ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 1 to 4`);
  });

  it('recreates: all old pods are gone before the first new one', async () => {
    const world = start();
    await world.client.of(deploymentKind).create(deployment(2, { strategy: { type: 'Recreate' } }));
    await rolledOut(world);
    for (const pod of world.all(podKind))
      await world.client
        .of(podKind)
        .post(pod.metadata, 'binding', { metadata: { name: pod.metadata.name }, target: { kind: 'Node', name: 'n1' } });
    await setImage(world, 'nginx:2');
    await world.settle();
    expect(world.all(podKind).map(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([true, true]);
    expect(setOf(world, 'nginx:2')).toBeUndefined();
    await rolledOut(world);
    expect(setOf(world, 'nginx:2')?.spec.replicas).toBe(2);
    expect(world.all(podKind).every(pod => controllerOf(pod)?.name === setOf(world, 'nginx:2')?.metadata.name)).toBe(true);
  });

  it('does not roll out while paused, but scales', async () => {
    const world = start();
    await world.client.of(deploymentKind).create(deployment(1));
    await rolledOut(world);
    await world.change(deploymentKind, 'ns/web', draft => void (draft.spec.paused = true));
    await setImage(world, 'nginx:2');
    await world.change(deploymentKind, 'ns/web', draft => void (draft.spec.replicas = 2));
    await rolledOut(world);
    expect(world.all(replicaSetKind).map(set => [imageOf(set), set.spec.replicas])).toEqual([['nginx:1', 2]]);
    expect(conditionsOf(world)['Progressing']).toBe('Unknown DeploymentPaused');
    await world.change(deploymentKind, 'ns/web', draft => void (draft.spec.paused = false));
    await rolledOut(world);
    expect(setOf(world, 'nginx:2')?.spec.replicas).toBe(2);
    expect(conditionsOf(world)['Progressing']).toBe('True NewReplicaSetAvailable');
  });

  it('says so when nothing moves within the deadline', async () => {
    const world = start();
    await world.client.of(deploymentKind).create(deployment(1, { progressDeadlineSeconds: 60 }));
    await world.settle();
    await world.clock.advance(30_000);
    await world.settle();
    expect(conditionsOf(world)['Progressing']).toBe('True ReplicaSetUpdated');
    await world.clock.advance(40_000);
    await world.settle();
    expect(conditionsOf(world)['Progressing']).toBe('False ProgressDeadlineExceeded');
    await rolledOut(world);
    expect(conditionsOf(world)['Progressing']).toBe('True NewReplicaSetAvailable');
  });

  it('keeps as many old sets as its history limit says', async () => {
    const world = start();
    await world.client.of(deploymentKind).create(deployment(1, { revisionHistoryLimit: 1 }));
    for (const image of ['nginx:1', 'nginx:2', 'nginx:3', 'nginx:4']) {
      await setImage(world, image);
      await rolledOut(world);
    }
    expect(world.all(replicaSetKind).map(imageOf).sort()).toEqual(['nginx:3', 'nginx:4']);
  });

  it('adopts a set that fits and uses it', async () => {
    const world = start();
    const spec = { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: templateOf('nginx:1') };
    await world.client
      .of(replicaSetKind)
      .create({ metadata: { name: 'found', namespace: 'ns', labels: { app: 'web' } }, spec, status: { replicas: 0 } });
    await world.client.of(deploymentKind).create(deployment(2));
    await rolledOut(world);
    expect(world.all(replicaSetKind).map(({ metadata }) => metadata.name)).toEqual(['found']);
    expect(get(world).status).toMatchObject({ updatedReplicas: 2, availableReplicas: 2 });
  });

  it('takes another name when a stranger has the one of its hash', async () => {
    const world = start();
    await world.client.of(deploymentKind).create(deployment(1));
    await world.settle();
    const [first] = world.all(replicaSetKind);
    const other = start();
    const stranger = {
      metadata: { name: first!.metadata.name, namespace: 'ns', labels: { app: 'other' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'other' } },
        template: { ...templateOf('other'), metadata: { labels: { app: 'other' } } },
      },
      status: { replicas: 0 },
    };
    await other.client.of(replicaSetKind).create(stranger);
    await other.client.of(deploymentKind).create(deployment(1));
    await rolledOut(other);
    expect(get(other).status).toMatchObject({ collisionCount: 1, availableReplicas: 1 });
    expect(other.all(replicaSetKind)).toHaveLength(2);
  });

  it('shows why its pods cannot be made', async () => {
    const world = start({
      intercept: ({ verb, resource }) => {
        if (verb === 'create' && resource === 'pods') throw new StatusError('Forbidden', 'exceeded quota');
      },
    });
    await world.client.of(deploymentKind).create(deployment(1));
    await world.settle();
    expect(conditionsOf(world)).toMatchObject({ ReplicaFailure: 'True FailedCreate' });
  });
});
