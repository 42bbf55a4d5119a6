import { leaseKind, type Node, nodeKind, podKind, type Toleration } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { timeText } from '../times.ts';
import { nodeIpamController } from './node-ipam.controller.ts';
import { nodeLifecycleController } from './node-lifecycle.controller.ts';
import { taintEvictionController } from './taint-eviction.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(clusterCidr = '10.244.0.0/16'): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  const { client, clock, informer } = world;
  const recorder = world.recorder('node-controller');
  world.run(
    nodeIpamController({ client, informer, recorder, clusterCidr }),
    nodeLifecycleController({ client, informer, recorder, clock }),
    taintEvictionController({ client, informer, recorder, clock }),
  );
  return world;
}

const FIVE_MINUTES: Toleration[] = ['not-ready', 'unreachable'].map(name => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

async function addNode(world: TestWorld, name: string): Promise<void> {
  const at = timeText(world.clock.wall());
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', lastHeartbeatTime: at, lastTransitionTime: at },
  ];
  await world.client.of(nodeKind).create({ metadata: { name }, spec: {}, status: { conditions } });
  await world.client
    .of(leaseKind)
    .create({ metadata: { name, namespace: 'kube-node-lease' }, spec: { holderIdentity: name, renewTime: `${world.clock.now()}` } });
}
const renew = (world: TestWorld, name: string) =>
  world.change(leaseKind, `kube-node-lease/${name}`, draft => void (draft.spec.renewTime = `${world.clock.now()}`));
const readyOf = ({ status }: Node) => status.conditions?.find(({ type }) => type === 'Ready');
const taintsOf = ({ spec }: Node) => (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
async function addPod(world: TestWorld, name: string, tolerations: Toleration[]): Promise<void> {
  const made = await world.client.of(podKind).create({
    metadata: { name, namespace: 'ns' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], tolerations },
    status: {},
  });
  const at = timeText(world.clock.wall());
  await world.client
    .of(podKind)
    .updateStatus({ ...made, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at }] } });
}

describe('nodeLifecycleController', () => {
  it('leaves a node alone that renews its lease', async () => {
    const world = start();
    await addNode(world, 'n1');
    for (let at = 0; at < 10; at++) {
      await world.clock.advance(10_000);
      await renew(world, 'n1');
    }
    expect(readyOf(world.one(nodeKind, 'n1'))?.status).toBe('True');
    expect(taintsOf(world.one(nodeKind, 'n1'))).toEqual([]);
  });

  it('marks a silent node, its pods and the taints, and tells', async () => {
    const world = start();
    await addNode(world, 'n1');
    await addPod(world, 'a', FIVE_MINUTES);
    await world.clock.advance(35_000);
    expect(readyOf(world.one(nodeKind, 'n1'))?.status).toBe('True');
    await world.clock.advance(12_000);
    await world.settle();
    const node = world.one(nodeKind, 'n1');
    expect(readyOf(node)).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastHeartbeatTime: '2026-01-01T00:00:00Z',
    });
    expect(node.status.conditions?.find(({ type }) => type === 'MemoryPressure')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
    });
    expect(taintsOf(node)).toEqual(['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']);
    expect(world.one(podKind, 'ns/a').status.conditions).toMatchObject([{ type: 'Ready', status: 'False' }]);
    expect(world.events()).toEqual(['NodeNotReady: Node n1 status is now: NodeNotReady', 'NodeNotReady: Node is not ready']);
  });

  it('takes the taints away when the node is back', async () => {
    const world = start();
    await addNode(world, 'n1');
    await world.clock.advance(50_000);
    await world.settle();
    const node = world.one(nodeKind, 'n1');
    await world.client.of(nodeKind).updateStatus({
      ...node,
      status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: timeText(world.clock.wall()) }] },
    });
    await renew(world, 'n1');
    await world.settle();
    expect(taintsOf(world.one(nodeKind, 'n1'))).toEqual([]);
  });
});

describe('taintEvictionController', () => {
  it('deletes pods when their toleration runs out, and those of no toleration at once', async () => {
    const world = start();
    await addNode(world, 'n1');
    await addPod(world, 'five', FIVE_MINUTES);
    await addPod(world, 'none', []);
    await addPod(world, 'ever', [{ operator: 'Exists' }]);
    await world.clock.advance(50_000);
    await world.settle();
    const leaving = () =>
      world
        .all(podKind)
        .filter(({ metadata }) => metadata.deletionTimestamp)
        .map(({ metadata }) => metadata.name);
    expect(leaving()).toEqual(['none']);
    await world.clock.advance(300_000);
    await world.settle();
    expect(leaving()).toEqual(['five', 'none']);
    expect(world.one(podKind, 'ns/five').status.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' }),
    );
  });

  it('lets pods stay when the node comes back in time', async () => {
    const world = start();
    await addNode(world, 'n1');
    await addPod(world, 'five', FIVE_MINUTES);
    await world.clock.advance(50_000);
    const node = world.one(nodeKind, 'n1');
    for (let at = 0; at < 40; at++) {
      await renew(world, 'n1');
      if (at === 0)
        await world.client.of(nodeKind).updateStatus({
          ...world.one(nodeKind, 'n1'),
          status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: 'later' }] },
        });
      await world.clock.advance(10_000);
    }
    expect(node.metadata.name).toBe('n1');
    expect(world.one(podKind, 'ns/five').metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('nodeIpamController', () => {
  it('gives every node a range of its own, and a freed one to the next', async () => {
    const world = start();
    for (const name of ['n1', 'n2', 'n3']) await addNode(world, name);
    await world.settle();
    const ranges = () => Object.fromEntries(world.all(nodeKind).map(({ metadata, spec }) => [metadata.name, spec.podCIDR]));
    expect(ranges()).toEqual({ n1: '10.244.0.0/24', n2: '10.244.1.0/24', n3: '10.244.2.0/24' });
    expect(world.one(nodeKind, 'n1').spec.podCIDRs).toEqual(['10.244.0.0/24']);
    await world.client.of(nodeKind).delete({ name: 'n2' });
    await world.settle();
    await world.client.of(nodeKind).create({ metadata: { name: 'n4' }, spec: {}, status: {} });
    await world.settle();
    expect(ranges()).toEqual({ n1: '10.244.0.0/24', n3: '10.244.2.0/24', n4: '10.244.1.0/24' });
  });

  it('tells when the range is used up, and goes on when a node leaves', async () => {
    const world = start('10.244.0.0/24');
    for (const name of ['n1', 'n2']) await addNode(world, name);
    await world.settle();
    expect(world.one(nodeKind, 'n2').spec.podCIDR).toBeUndefined();
    expect(world.events()).toEqual(['CIDRNotAvailable: Node n2 status is now: CIDRNotAvailable']);
    await world.client.of(nodeKind).delete({ name: 'n1' });
    await world.clock.advance(31_000);
    expect(world.one(nodeKind, 'n2').spec.podCIDR).toBe('10.244.0.0/24');
  });
});
