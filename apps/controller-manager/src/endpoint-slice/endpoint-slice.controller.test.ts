import { type EndpointSlice, endpointSliceKind, type New, nodeKind, type Pod, podKind, type Service, serviceKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { endpointSliceController } from './endpoint-slice.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  world.run(endpointSliceController(world));
  return world;
}

const service = (more: Partial<Service['spec']> = {}): New<Service> => ({
  metadata: { name: 'web', namespace: 'ns', labels: { tier: 'front' } },
  spec: { selector: { app: 'web' }, clusterIP: '10.0.0.1', ports: [{ port: 80, targetPort: 8080 }], ...more },
  status: {},
});

interface Facts {
  readonly ready?: boolean;
  readonly phase?: string;
  readonly port?: number;
  readonly leaving?: boolean;
}

async function addPod(world: TestWorld, at: number, { ready = true, phase = 'Running', port = 8080, leaving = false }: Facts = {}) {
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: port }] }] };
  const pods = world.client.of(podKind);
  const made = await pods.create({ metadata: { name: `p${at}`, namespace: 'ns', labels: { app: 'web' } }, spec, status: {} });
  const status = { phase, podIP: `10.1.${at >> 8}.${at & 255}`, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  const running = await pods.updateStatus({ ...made, status });
  if (leaving) await pods.delete(running.metadata);
  return running;
}

/** `ip+ip :port` per slice; `!` is not ready, `~` terminating. */
const shown = (world: TestWorld): readonly string[] =>
  world
    .all(endpointSliceKind)
    .map(({ endpoints = [], ports = [] }) => `${endpoints.map(endpointText).join('+')} :${ports.map(({ port }) => port).join()}`)
    .sort();
const endpointText = ({ addresses, conditions = {} }: NonNullable<EndpointSlice['endpoints']>[number]): string =>
  `${addresses.join()}${conditions.ready ? '' : '!'}${conditions.terminating ? '~' : ''}`;

const setReady = async (world: TestWorld, pod: Pod): Promise<void> => {
  await world.client.of(podKind).updateStatus({ ...pod, status: { ...pod.status, conditions: [{ type: 'Ready', status: 'True' }] } });
};

describe('endpointSliceController', () => {
  it.each<{ name: string; service?: Partial<Service['spec']>; pods: Facts[]; want: string[] }>([
    { name: 'one empty slice without pods', pods: [], want: [' :'] },
    { name: 'ready and other pods in one slice', pods: [{}, { ready: false }], want: ['10.1.0.0+10.1.0.1! :8080'] },
    { name: 'pods on their way out, not ready', pods: [{ leaving: true }], want: ['10.1.0.0!~ :8080'] },
    { name: 'not those that have ended', pods: [{ phase: 'Succeeded' }], want: [' :'] },
    {
      name: 'a slice for each set of ports',
      service: { ports: [{ port: 80, targetPort: 'http' }] },
      pods: [{ port: 8080 }, { port: 9090 }],
      want: ['10.1.0.0 :8080', '10.1.0.1 :9090'],
    },
    {
      name: 'all ready when the service publishes what is not',
      service: { publishNotReadyAddresses: true },
      pods: [{ ready: false }],
      want: ['10.1.0.0 :8080'],
    },
  ])('$name', async ({ service: more = {}, pods, want }) => {
    const world = start();
    await world.client.of(serviceKind).create(service(more));
    for (const [at, facts] of pods.entries()) await addPod(world, at, facts);
    await world.settle();
    expect(shown(world)).toEqual(want);
  });

  it('names, labels and owns as upstream does, and tells the zone of the node', async () => {
    const world = start();
    await world.client
      .of(nodeKind)
      .create({ metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z1' } }, spec: {}, status: {} });
    const { metadata } = await world.client.of(serviceKind).create(service());
    const pod = await addPod(world, 1);
    await world.settle();
    expect(world.all(endpointSliceKind)).toMatchObject([
      {
        metadata: {
          name: expect.stringMatching(/^web-[a-z0-9]{5}$/),
          labels: {
            tier: 'front',
            'kubernetes.io/service-name': 'web',
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
          ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'web', uid: metadata.uid, controller: true }],
        },
        addressType: 'IPv4',
        ports: [{ name: '', port: 8080, protocol: 'TCP' }],
        endpoints: [
          {
            addresses: ['10.1.0.1'],
            conditions: { ready: true, serving: true, terminating: false },
            nodeName: 'n1',
            zone: 'z1',
            targetRef: { kind: 'Pod', namespace: 'ns', name: 'p1', uid: pod.metadata.uid },
          },
        ],
      },
    ]);
    await world.change(nodeKind, 'n1', draft => void (draft.metadata.labels = { 'topology.kubernetes.io/zone': 'z2' }));
    await world.settle();
    expect(world.all(endpointSliceKind)[0]?.endpoints?.[0]?.zone).toBe('z2');
  });

  it('splits by hundreds, and a change writes the slice it is in only', async () => {
    const world = start();
    await world.client.of(serviceKind).create(service());
    for (let at = 0; at < 250; at++) await addPod(world, at, { ready: at !== 3 });
    await world.settle();
    const sizes = () =>
      world
        .all(endpointSliceKind)
        .map(({ endpoints = [] }) => endpoints.length)
        .sort();
    expect(sizes()).toEqual([100, 100, 50]);
    const before = world.client.writes.length;
    await setReady(world, world.one(podKind, 'ns/p3'));
    await world.settle();
    expect(world.client.writes.slice(before).filter(({ resource }) => resource === 'endpointslices')).toHaveLength(1);
    expect(shown(world).join()).not.toContain('!');
    expect(sizes()).toEqual([100, 100, 50]);
  });

  it('leaves slices of others alone, and those of a service without a selector', async () => {
    const world = start();
    const slices = world.client.of(endpointSliceKind);
    await slices.create({
      metadata: { name: 'mine', namespace: 'ns', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['1.2.3.4'] }],
    });
    await world.client.of(serviceKind).create({ ...service(), spec: { ports: [{ port: 80 }] } });
    await world.settle();
    expect(world.all(endpointSliceKind).map(({ metadata }) => metadata.name)).toEqual(['mine']);
  });
});
