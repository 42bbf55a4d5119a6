import { type Endpoints, endpointsKind, endpointSliceKind, type New, type Service, serviceKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { sliceMirroringController } from './slice-mirroring.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

function start(): TestWorld {
  const world = new TestWorld();
  worlds.push(world);
  world.run(sliceMirroringController(world));
  return world;
}

const metadata = { name: 'db', namespace: 'ns' };
const service = (spec: Partial<Service['spec']> = {}): New<Service> => ({
  metadata,
  spec: { ports: [{ port: 5432 }], ...spec },
  status: {},
});
const endpoints = (labels: Record<string, string> = {}): New<Endpoints> => ({
  metadata: { ...metadata, labels },
  subsets: [{ addresses: [{ ip: '1.2.3.4' }], notReadyAddresses: [{ ip: '1.2.3.5' }], ports: [{ port: 5432 }] }],
});

describe('sliceMirroringController', () => {
  it('follows hand-made Endpoints', async () => {
    const world = start();
    await world.client.of(serviceKind).create(service());
    const { metadata: owner } = await world.client.of(endpointsKind).create(endpoints({ a: 'b' }));
    await world.settle();
    expect(world.all(endpointSliceKind)).toMatchObject([
      {
        metadata: {
          labels: {
            a: 'b',
            'kubernetes.io/service-name': 'db',
            'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
          },
          ownerReferences: [{ kind: 'Endpoints', name: 'db', uid: owner.uid }],
        },
        addressType: 'IPv4',
        ports: [{ name: '', port: 5432, protocol: 'TCP' }],
        endpoints: [
          { addresses: ['1.2.3.4'], conditions: { ready: true } },
          { addresses: ['1.2.3.5'], conditions: { ready: false } },
        ],
      },
    ]);
    const before = world.all(endpointSliceKind).map(({ metadata: { name } }) => name);
    await world.change(
      endpointsKind,
      'ns/db',
      draft => void (draft.subsets = [{ addresses: [{ ip: '1.2.3.6' }], ports: [{ port: 5432, protocol: 'TCP' }] }]),
    );
    await world.settle();
    expect(world.all(endpointSliceKind)).toMatchObject([{ metadata: { name: before[0] }, endpoints: [{ addresses: ['1.2.3.6'] }] }]);
  });

  it.each([
    { name: 'services that select their pods', service: service({ selector: { app: 'db' } }), labels: {} },
    { name: 'Endpoints that say so', service: service(), labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  ])('leaves out $name', async ({ service: made, labels }) => {
    const world = start();
    await world.client.of(serviceKind).create(made);
    await world.client.of(endpointsKind).create(endpoints(labels));
    await world.settle();
    expect(world.all(endpointSliceKind)).toEqual([]);
  });
});
