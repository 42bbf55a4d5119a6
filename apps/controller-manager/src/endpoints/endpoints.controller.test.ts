import { endpointsKind, type New, type Pod, podKind, type Service, serviceKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { endpointsController } from './endpoints.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  world.run(endpointsController({ client: world.client, informer: world.informer, clock: world.clock }));
  return world;
}

const service = (more: Partial<Service['spec']> = {}): New<Service> => ({
  metadata: { name: 'web', namespace: 'ns', labels: { app: 'web' } },
  spec: { clusterIP: '10.0.0.1', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...more },
  status: {},
});

interface Facts {
  readonly app?: string;
  readonly ready?: boolean;
  readonly ip?: string;
  readonly phase?: string;
  readonly port?: number;
}

async function addPod(
  world: TestWorld,
  name: string,
  { app = 'web', ready = true, ip = `10.1.0.${name.charCodeAt(0)}`, phase = 'Running', port = 8080 }: Facts = {},
): Promise<Pod> {
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: port }] }] };
  const made = await world.client.of(podKind).create({ metadata: { name, namespace: 'ns', labels: { app } }, spec, status: {} });
  return await world.client.of(podKind).updateStatus({
    ...made,
    status: { phase, ...(ip && { podIP: ip }), conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
}

/** `ip,ip !not-ready :port` per subset. */
const shown = (world: TestWorld) =>
  (world.one(endpointsKind, 'ns/web').subsets ?? []).map(
    ({ addresses = [], notReadyAddresses = [], ports = [] }) =>
      `${addresses.map(({ ip }) => ip).join(',')} !${notReadyAddresses.map(({ ip }) => ip).join(',')} :${ports.map(({ port }) => port).join(',')}`,
  );

describe('endpointsController', () => {
  it.each<{ name: string; service?: Partial<Service['spec']>; pods: Record<string, Facts>; want: string[] }>([
    { name: 'no pods', pods: {}, want: [] },
    {
      name: 'ready and other pods apart, in order',
      pods: { b: {}, a: {}, c: { ready: false } },
      want: ['10.1.0.97,10.1.0.98 !10.1.0.99 :8080'],
    },
    {
      name: 'not those of others, without address, or ended',
      pods: { a: { app: 'db' }, b: { ip: '' }, c: { phase: 'Succeeded' } },
      want: [],
    },
    {
      name: 'named ports, pods grouped by what they serve',
      service: { ports: [{ port: 80, targetPort: 'http' }] },
      pods: { a: { port: 8080 }, b: { port: 9090 } },
      want: ['10.1.0.97 ! :8080', '10.1.0.98 ! :9090'],
    },
    { name: 'a port name no pod has', service: { ports: [{ port: 80, targetPort: 'grpc' }] }, pods: { a: {} }, want: [] },
    {
      name: 'pods that are not ready, when asked for',
      service: { publishNotReadyAddresses: true },
      pods: { a: { ready: false } },
      want: ['10.1.0.97 ! :8080'],
    },
    { name: 'a headless service without ports', service: { clusterIP: 'None', ports: [] }, pods: { a: {} }, want: ['10.1.0.97 ! :'] },
  ])('$name', async ({ service: more = {}, pods, want }) => {
    const world = start();
    await world.client.of(serviceKind).create(service(more));
    for (const [name, facts] of Object.entries(pods)) await addPod(world, name, facts);
    await world.settle();
    expect(shown(world)).toEqual(want);
  });

  it('follows pods as they come, change and go, and writes nothing without need', async () => {
    const world = start();
    await world.client.of(serviceKind).create(service());
    const pod = await addPod(world, 'a', { ready: false });
    await world.settle();
    await world.client.of(podKind).updateStatus({ ...pod, status: { ...pod.status, conditions: [{ type: 'Ready', status: 'True' }] } });
    await world.settle();
    expect(shown(world)).toEqual(['10.1.0.97 ! :8080']);
    expect(world.one(endpointsKind, 'ns/web')).toMatchObject({
      metadata: { labels: { app: 'web', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
      subsets: [
        {
          addresses: [{ nodeName: 'n1', targetRef: { kind: 'Pod', name: 'a', namespace: 'ns', uid: pod.metadata.uid } }],
          ports: [{ port: 8080, protocol: 'TCP' }],
        },
      ],
    });
    const version = world.one(endpointsKind, 'ns/web').metadata.resourceVersion;
    await world.change(podKind, 'ns/a', draft => void (draft.metadata.annotations = { x: 'y' }));
    await world.settle();
    expect(world.one(endpointsKind, 'ns/web').metadata.resourceVersion).toBe(version);
    await world.client.of(podKind).delete(pod.metadata, { gracePeriodSeconds: 0 });
    await world.settle();
    expect(shown(world)).toEqual([]);
  });

  it('goes with the service, and leaves hand-made ones alone', async () => {
    const world = start();
    await world.client.of(serviceKind).create(service());
    await world.client
      .of(serviceKind)
      .create({ metadata: { name: 'manual', namespace: 'ns' }, spec: { ports: [{ port: 80 }] }, status: {} });
    await world.client
      .of(endpointsKind)
      .create({ metadata: { name: 'manual', namespace: 'ns' }, subsets: [{ addresses: [{ ip: '1.2.3.4' }], ports: [{ port: 80 }] }] });
    await world.settle();
    await world.client.of(serviceKind).delete({ namespace: 'ns', name: 'web' });
    await world.client.of(serviceKind).delete({ namespace: 'ns', name: 'manual' });
    await world.settle();
    expect(world.all(endpointsKind).map(({ metadata }) => metadata.name)).toEqual(['manual']);
  });

  it('comes back when somebody deletes it', async () => {
    const world = start();
    await world.client.of(serviceKind).create(service());
    await addPod(world, 'a');
    await world.settle();
    await world.client.of(endpointsKind).delete({ namespace: 'ns', name: 'web' });
    await world.settle();
    expect(shown(world)).toEqual(['10.1.0.97 ! :8080']);
  });
});
