import { configMapKind, namespaceKind } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { rootCaController } from './root-ca.controller.ts';

const worlds: TestWorld[] = [];
afterEach(() => worlds.splice(0).forEach(world => world[Symbol.dispose]()));

async function start(): Promise<TestWorld> {
  const world = new TestWorld();
  worlds.push(world);
  world.run(rootCaController({ client: world.client, informer: world.informer, rootCa: 'PEM' }));
  await world.client.of(namespaceKind).create({ metadata: { name: 'ns' }, spec: {}, status: {} });
  await world.settle();
  return world;
}

const KEY = 'ns/kube-root-ca.crt';

describe('rootCaController', () => {
  it('is there in every namespace', async () => {
    const world = await start();
    expect(world.one(configMapKind, KEY).data).toEqual({ 'ca.crt': 'PEM' });
  });

  it('comes back when it is changed or deleted', async () => {
    const world = await start();
    await world.change(configMapKind, KEY, draft => void (draft.data = { 'ca.crt': 'other' }));
    await world.settle();
    expect(world.one(configMapKind, KEY).data).toEqual({ 'ca.crt': 'PEM' });
    await world.client.of(configMapKind).delete({ namespace: 'ns', name: 'kube-root-ca.crt' });
    await world.settle();
    expect(world.one(configMapKind, KEY).data).toEqual({ 'ca.crt': 'PEM' });
  });
});
