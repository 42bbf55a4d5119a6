import {
  controllerRevisionKind,
  type DaemonSet,
  daemonSetKind,
  type New,
  type Node,
  nodeKind,
  type Pod,
  podKind,
  type Taint,
} from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { nodeOf } from './daemon-pod.ts';
import { daemonSetController } from './daemon-set.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

async function start(nodes: readonly New<Node>[]): Promise<TestWorld> {
  const world = new TestWorld();
  worlds.push(world);
  for (const node of nodes) await world.client.of(nodeKind).create(node);
  world.run(
    daemonSetController({
      ...world.parts('daemonset-controller'),
      daemonSets: world.informer(daemonSetKind),
      revisions: world.informer(controllerRevisionKind),
      nodes: world.informer(nodeKind),
    }),
  );
  return world;
}

const node = (name: string, { labels = {}, taints = [] }: { labels?: Record<string, string>; taints?: Taint[] } = {}): New<Node> => ({
  metadata: { name, labels },
  spec: { taints },
  status: {},
});
const THREE = ['n1', 'n2', 'n3'].map(name => node(name));

const daemonSet = (spec: object = {}, podSpec: object = {}): New<DaemonSet> => ({
  metadata: { name: 'agent', namespace: 'ns' },
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'a', image: 'v1' }], ...podSpec } },
    ...spec,
  },
  status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
});

const places = (world: TestWorld): readonly string[] =>
  world
    .all(podKind)
    .map(pod => nodeOf(pod) ?? '?')
    .sort();
const images = (world: TestWorld): readonly string[] =>
  world
    .all(podKind)
    .map(({ spec }) => spec.containers[0]?.image ?? '')
    .sort();
const setImage = (world: TestWorld, image: string): Promise<DaemonSet> =>
  world.change(daemonSetKind, 'ns/agent', draft => void (draft.spec.template.spec = { containers: [{ name: 'a', image }] }));
const statusOf = (world: TestWorld) => world.one(daemonSetKind, 'ns/agent').status;

async function settleRunning(world: TestWorld): Promise<void> {
  for (let turn = 0; turn < 8; turn++) {
    await world.settle();
    await world.runPods();
  }
  await world.settle();
}

describe('daemonSetController', () => {
  it.each<{ name: string; nodes: New<Node>[]; podSpec?: object; want: string[] }>([
    { name: 'every node', nodes: THREE, want: ['n1', 'n2', 'n3'] },
    {
      name: 'only nodes it selects',
      nodes: [node('n1', { labels: { disk: 'ssd' } }), node('n2')],
      podSpec: { nodeSelector: { disk: 'ssd' } },
      want: ['n1'],
    },
    { name: 'not behind a taint', nodes: [node('n1', { taints: [{ key: 'k', effect: 'NoSchedule' }] }), node('n2')], want: ['n2'] },
    {
      name: 'behind a taint it tolerates',
      nodes: [node('n1', { taints: [{ key: 'k', effect: 'NoSchedule' }] })],
      podSpec: { tolerations: [{ operator: 'Exists' }] },
      want: ['n1'],
    },
    {
      name: 'on nodes that are cordoned or not ready',
      nodes: [
        node('n1', { taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }),
        node('n2', { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] }),
      ],
      want: ['n1', 'n2'],
    },
  ])('runs on: $name', async ({ nodes, podSpec = {}, want }) => {
    const world = await start(nodes);
    await world.client.of(daemonSetKind).create(daemonSet({}, podSpec));
    await world.settle();
    expect(places(world)).toEqual(want);
    expect(statusOf(world)).toMatchObject({ desiredNumberScheduled: want.length, currentNumberScheduled: want.length });
  });

  it('makes pods only their node can take, and keeps the template as a revision', async () => {
    const world = await start([node('n1')]);
    await world.client.of(daemonSetKind).create(daemonSet());
    await world.settle();
    const [revision] = world.all(controllerRevisionKind);
    const hash = revision?.metadata.labels?.['controller-revision-hash'];
    expect(revision).toMatchObject({
      metadata: { name: `agent-${hash}`, ownerReferences: [{ kind: 'DaemonSet', name: 'agent', controller: true }] },
      revision: 1,
      data: { spec: { template: { $patch: 'replace', metadata: { labels: { app: 'agent' } } } } },
    });
    expect(world.all(podKind)[0]).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^agent-.{5}$/),
        labels: { app: 'agent', 'controller-revision-hash': hash, 'pod-template-generation': '1' },
      },
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }],
            },
          },
        },
      },
    });
  });

  it('follows nodes as they come, change and go', async () => {
    const world = await start([node('n1')]);
    await world.client.of(daemonSetKind).create(daemonSet());
    await world.settle();
    await world.client.of(nodeKind).create(node('n2'));
    await world.settle();
    expect(places(world)).toEqual(['n1', 'n2']);
    await world.change(nodeKind, 'n1', draft => void (draft.spec.taints = [{ key: 'k', effect: 'NoExecute' }]));
    await world.settle();
    expect(places(world)).toEqual(['n2']);
    await world.client.of(nodeKind).delete({ name: 'n2' });
    await world.settle();
    expect(places(world)).toEqual([]);
  });

  it('counts pods as they become ready', async () => {
    const world = await start(THREE);
    await world.client.of(daemonSetKind).create(daemonSet());
    await world.settle();
    await world.runPods(pod => nodeOf(pod) !== 'n3');
    await world.settle();
    expect(statusOf(world)).toEqual({
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 2,
      numberAvailable: 2,
      numberUnavailable: 1,
      updatedNumberScheduled: 3,
      observedGeneration: 1,
    });
  });

  it('rolls out a change, one node at a time', async () => {
    const world = await start(THREE);
    await world.client.of(daemonSetKind).create(daemonSet());
    await settleRunning(world);
    await setImage(world, 'v2');
    await world.settle();
    expect(images(world)).toEqual(['v1', 'v1', 'v2']); // the new pod is not ready: no further one goes
    await settleRunning(world);
    expect(images(world)).toEqual(['v2', 'v2', 'v2']);
    expect(
      world
        .all(controllerRevisionKind)
        .map(({ revision }) => revision)
        .sort(),
    ).toEqual([1, 2]);
    expect(statusOf(world)).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
  });

  it('starts new pods beside the old ones when told to surge', async () => {
    const world = await start(THREE);
    await world.client
      .of(daemonSetKind)
      .create(daemonSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }));
    await settleRunning(world);
    await setImage(world, 'v2');
    await world.settle();
    expect(images(world)).toEqual(['v1', 'v1', 'v1', 'v2']);
    await settleRunning(world);
    expect(images(world)).toEqual(['v2', 'v2', 'v2']);
  });

  it('waits for its pods to be deleted with OnDelete', async () => {
    const world = await start([node('n1'), node('n2')]);
    await world.client.of(daemonSetKind).create(daemonSet({ updateStrategy: { type: 'OnDelete' } }));
    await settleRunning(world);
    await setImage(world, 'v2');
    await settleRunning(world);
    expect(images(world)).toEqual(['v1', 'v1']);
    const [pod] = world.all(podKind);
    await world.client.of(podKind).delete(pod!.metadata, { gracePeriodSeconds: 0 });
    await settleRunning(world);
    expect(images(world)).toEqual(['v1', 'v2']);
  });

  it('rolls back to an old revision under the next number, and forgets those beyond the limit', async () => {
    const world = await start([node('n1')]);
    await world.client.of(daemonSetKind).create(daemonSet({ revisionHistoryLimit: 1 }));
    await settleRunning(world);
    await setImage(world, 'v2');
    await settleRunning(world);
    await setImage(world, 'v1');
    await settleRunning(world);
    const revisions = () =>
      world
        .all(controllerRevisionKind)
        .map(({ revision }) => revision)
        .sort();
    expect(revisions()).toEqual([2, 3]);
    await setImage(world, 'v3');
    await settleRunning(world);
    expect(revisions()).toEqual([3, 4]);
  });

  it('replaces a pod that failed, and tells', async () => {
    const world = await start([node('n1')]);
    await world.client.of(daemonSetKind).create(daemonSet());
    await world.settle();
    const [pod] = world.all(podKind) as [Pod];
    await world.client.of(podKind).updateStatus({ ...pod, status: { phase: 'Failed' } });
    await world.settle();
    expect(world.all(podKind)[0]?.metadata.name).not.toBe(pod.metadata.name);
    expect(world.events()).toContain(`FailedDaemonPod: Found failed daemon pod ns/${pod.metadata.name} on node n1, will try to kill it`);
  });
});
