import {
  type ApiObject,
  configMapKind,
  deploymentKind,
  type Kind,
  nodeKind,
  type OwnerReference,
  podKind,
  replicaSetKind,
} from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { garbageCollector } from './garbage-collector.controller.ts';
import { podGcController } from './pod-gc.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start({ maxEnded = 100 } = {}): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  const { client, clock, informer } = world;
  world.run(garbageCollector({ client, informer }), podGcController({ client, informer, clock, maxEnded }));
  return world;
}

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const workload = (name: string, ownerReferences: OwnerReference[] = []) => ({
  metadata: { name, namespace: 'ns', ownerReferences },
  spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, template },
  status: { replicas: 0 },
});
const configMap = (name: string, ownerReferences: OwnerReference[] = []) => ({ metadata: { name, namespace: 'ns', ownerReferences } });
const pod = (name: string, nodeName?: string) => ({
  metadata: { name, namespace: 'ns' },
  spec: { ...template.spec, ...(nodeName && { nodeName }) },
  status: {},
});
const ownedBy = (kind: Kind, { metadata }: ApiObject): OwnerReference => ({
  apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version,
  kind: kind.kind,
  name: metadata.name,
  uid: metadata.uid,
  blockOwnerDeletion: true,
});
const names = (world: TestWorld, kind: Kind) => world.all(kind).map(({ metadata }) => metadata.name);

/** A Deployment, its ReplicaSet, and what that owns. */
async function chain(world: TestWorld) {
  const top = await world.client.of(deploymentKind).create(workload('top'));
  const middle = await world.client.of(replicaSetKind).create(workload('middle', [ownedBy(deploymentKind, top)]));
  await world.client.of(configMapKind).create(configMap('leaf', [ownedBy(replicaSetKind, middle)]));
  await world.settle();
  return { top, middle };
}

describe('garbageCollector', () => {
  it('takes everything below an owner that is deleted', async () => {
    const world = start();
    await chain(world);
    await world.client.of(deploymentKind).delete({ namespace: 'ns', name: 'top' }, { propagationPolicy: 'Background' });
    await world.settle();
    expect([names(world, replicaSetKind), names(world, configMapKind)]).toEqual([[], []]);
  });

  it('deletes in the foreground: the owner goes last', async () => {
    const world = start();
    await chain(world);
    const gone: string[] = [];
    for (const kind of [deploymentKind, replicaSetKind, configMapKind]) {
      world.informer<ApiObject>(kind).subscribe(({ prev, next }) => {
        if (prev && !next) gone.push(prev.metadata.name);
      });
    }
    await world.client.of(deploymentKind).delete({ namespace: 'ns', name: 'top' }, { propagationPolicy: 'Foreground' });
    await world.settle();
    expect(gone).toEqual(['leaf', 'middle', 'top']);
  });

  it('sets orphans free', async () => {
    const world = start();
    const { middle } = await chain(world);
    await world.client.of(deploymentKind).delete({ namespace: 'ns', name: 'top' }, { propagationPolicy: 'Orphan' });
    await world.settle();
    expect(names(world, deploymentKind)).toEqual([]);
    expect(world.one(replicaSetKind, 'ns/middle').metadata).toMatchObject({ uid: middle.metadata.uid, ownerReferences: [] });
    expect(names(world, configMapKind)).toEqual(['leaf']);
  });

  it('takes what comes with an owner that never was, or was another of that name', async () => {
    const world = start();
    const owner = await world.client.of(configMapKind).create(configMap('owner'));
    const stranger = { ...ownedBy(configMapKind, owner), uid: 'of-another' };
    await world.client.of(configMapKind).create(configMap('late', [stranger]));
    await world.client.of(configMapKind).create(configMap('right', [ownedBy(configMapKind, owner)]));
    await world.settle();
    expect(names(world, configMapKind).sort()).toEqual(['owner', 'right']);
  });

  it('cuts only the tie to the owner that is gone while another is there', async () => {
    const world = start();
    const [a, b] = [
      await world.client.of(configMapKind).create(configMap('a')),
      await world.client.of(configMapKind).create(configMap('b')),
    ];
    await world.client.of(configMapKind).create(configMap('shared', [ownedBy(configMapKind, a), ownedBy(configMapKind, b)]));
    await world.settle();
    await world.client.of(configMapKind).delete({ namespace: 'ns', name: 'a' });
    await world.settle();
    expect(world.one(configMapKind, 'ns/shared').metadata.ownerReferences).toEqual([ownedBy(configMapKind, b)]);
  });

  it('leaves alone what is owned by a kind it does not know', async () => {
    const world = start();
    await world.client.of(configMapKind).create(configMap('a', [{ apiVersion: 'example.com/v1', kind: 'Unknown', name: 'x', uid: 'x' }]));
    await world.settle();
    expect(names(world, configMapKind)).toEqual(['a']);
  });
});

describe('podGcController', () => {
  it('removes pods of a node that is gone, after some time, and leaves the others', async () => {
    const world = start();
    await world.client.of(nodeKind).create({ metadata: { name: 'n1' }, spec: {}, status: {} });
    await world.client.of(podKind).create(pod('kept', 'n1'));
    await world.client.of(podKind).create(pod('lost', 'n2'));
    await world.settle();
    await world.clock.advance(30_000);
    expect(names(world, podKind)).toEqual(['kept', 'lost']);
    await world.clock.advance(31_000);
    expect(names(world, podKind)).toEqual(['kept']);
  });

  it('removes a pod that was deleted before it had a node', async () => {
    const world = start();
    const made = await world.client.of(podKind).create(pod('a'));
    const metadata = { ...made.metadata, deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
    world.client.store.put(podKind, { ...made, metadata }, undefined);
    await world.clock.advance(20_000);
    expect(names(world, podKind)).toEqual([]);
  });

  it('keeps so many ended pods and no more, the youngest', async () => {
    const world = start({ maxEnded: 1 });
    for (const name of ['old', 'young']) {
      const made = await world.client.of(podKind).create(pod(name));
      await world.client.of(podKind).updateStatus({ ...made, status: { phase: 'Succeeded' } });
      await world.clock.advance(2_000);
    }
    await world.clock.advance(20_000);
    expect(names(world, podKind)).toEqual(['young']);
  });
});
