import { configMapKind, podKind, type ResourceQuota, resourceQuotaKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { resourceQuotaController } from './resource-quota.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

async function start(spec: ResourceQuota['spec']): Promise<TestWorld> {
  const world = new TestWorld();
  worlds.push(world);
  world.run(resourceQuotaController(world));
  await world.client.of(resourceQuotaKind).create({ metadata: { name: 'quota', namespace: 'ns' }, spec, status: {} });
  return world;
}

const addPod = (world: TestWorld, name: string, { namespace = 'ns', cpu = '100m' } = {}) =>
  world.client.of(podKind).create({
    metadata: { name, namespace },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] },
    status: {},
  });

const used = (world: TestWorld) => world.one(resourceQuotaKind, 'ns/quota').status.used;

describe('resourceQuotaController', () => {
  it('shows what is allowed and what is used, as it changes', async () => {
    const world = await start({ hard: { pods: '5', 'requests.cpu': '1', configmaps: '3', 'count/jobs.batch': '2' } });
    await world.settle();
    expect(world.one(resourceQuotaKind, 'ns/quota').status).toEqual({
      hard: { pods: '5', 'requests.cpu': '1', configmaps: '3', 'count/jobs.batch': '2' },
      used: { pods: '0', 'requests.cpu': '0', configmaps: '0', 'count/jobs.batch': '0' },
    });
    const pod = await addPod(world, 'a');
    await addPod(world, 'b');
    await addPod(world, 'c', { namespace: 'other' });
    await world.client.of(configMapKind).create({ metadata: { name: 'm', namespace: 'ns' } });
    await world.settle();
    expect(used(world)).toEqual({ pods: '2', 'requests.cpu': '200m', configmaps: '1', 'count/jobs.batch': '0' });
    await world.client.of(podKind).updateStatus({ ...pod, status: { phase: 'Succeeded' } });
    await world.settle();
    expect(used(world)).toMatchObject({ pods: '1', 'requests.cpu': '100m' });
    await world.client.of(podKind).delete({ namespace: 'ns', name: 'b' });
    await world.settle();
    expect(used(world)).toMatchObject({ pods: '0' });
  });

  it('counts only what its scopes mean', async () => {
    const world = await start({ hard: { pods: '5' }, scopes: ['BestEffort'] });
    await addPod(world, 'a');
    await addPod(world, 'b', { cpu: '0' });
    await world.settle();
    expect(used(world)).toEqual({ pods: '1' });
  });
});
