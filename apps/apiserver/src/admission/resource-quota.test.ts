import { configMapKind, namespaceKind, type Pod, podKind, resourceQuotaKind, serviceAccountKind, serviceKind } from '@steersman/types';
import { TestApi } from '../testing/test-api.ts';

let world: TestApi;
let namespace = '';
let count = 0;
beforeAll(async () => {
  world = await TestApi.start();
});
afterAll(async () => world[Symbol.asyncDispose]());
beforeEach(async () => {
  namespace = `n${++count}`;
  await world.ask('create', namespaceKind, { body: { metadata: { name: namespace } } });
  await world.ask('create', serviceAccountKind, { namespace, body: { metadata: { name: 'default' } } });
});

const quota = async (hard: object, more: object = {}): Promise<void> => {
  await world.ask('create', resourceQuotaKind, { namespace, body: { metadata: { name: 'q' }, spec: { hard, ...more } } });
  await world.seen(resourceQuotaKind, namespace, 'q');
};
const createPod = (name: string, resources: object = {}, spec: object = {}) =>
  world.ask<Pod>('create', podKind, {
    namespace,
    body: { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec } },
  });
const refusal = (made: Promise<unknown>): Promise<string> =>
  made.then(
    () => '',
    (err: Error) => err.message.replace(/^\S+ "\S+" is forbidden: /, ''),
  );

it('admits exactly as many as it allows, however many come at once', async () => {
  await quota({ pods: '3' });
  const outcomes = await Promise.all(Array.from({ length: 12 }, (_, at) => refusal(createPod(`p${at}`))));
  expect(outcomes.filter(outcome => outcome === '')).toHaveLength(3);
  expect(new Set(outcomes.filter(outcome => outcome !== ''))).toEqual(
    new Set(['exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3']),
  );
});

it('has room again when something has gone', async () => {
  await quota({ pods: '1' });
  await createPod('first');
  expect(await refusal(createPod('second'))).not.toBe('');
  await world.ask('delete', podKind, { namespace, name: 'first' });
  expect(await refusal(createPod('second'))).toBe('');
});

it('is not used up by what is refused for another reason', async () => {
  await quota({ pods: '1' });
  await createPod('taken').catch(() => undefined);
  await world.ask('delete', podKind, { namespace, name: 'taken' });
  for (let attempt = 0; attempt < 3; attempt++) await expect(createPod('Not_A_Name')).rejects.toThrow('is invalid');
  expect(await refusal(createPod('taken'))).toBe('');
});

it.each([
  {
    name: 'amounts that are not said',
    hard: { 'limits.cpu': '1', 'requests.memory': '1Gi' },
    make: () => createPod('p'),
    why: 'failed quota: q: must specify limits.cpu for: c; requests.memory for: c',
  },
  {
    name: 'more than all of an amount',
    hard: { 'requests.cpu': '500m', 'limits.cpu': '2' },
    make: () => createPod('p', { requests: { cpu: '600m' }, limits: { cpu: '3' } }),
    why: 'exceeded quota: q, requested: limits.cpu=3,requests.cpu=600m, used: limits.cpu=0,requests.cpu=0, limited: limits.cpu=2,requests.cpu=500m',
  },
  {
    name: 'objects beyond their number',
    hard: { 'count/configmaps': '0' },
    make: () => world.ask('create', configMapKind, { namespace, body: { metadata: { name: 'c' } } }),
    why: 'exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=0, limited: count/configmaps=0',
  },
  {
    name: 'a service that comes to need node ports',
    hard: { 'services.nodeports': '0', services: '1' },
    make: async () => {
      await world.ask('create', serviceKind, { namespace, body: { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } } });
      return world.ask('patch', serviceKind, { namespace, name: 's', body: { spec: { type: 'NodePort' } } });
    },
    why: 'exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0',
  },
])('refuses $name', async ({ hard, make, why }) => {
  await quota(hard);
  expect(await refusal(make())).toBe(why);
});

it('counts only what its scopes mean', async () => {
  await quota({ pods: '0' }, { scopes: ['BestEffort'] });
  expect(await refusal(createPod('burstable', { requests: { cpu: '1m' } }))).toBe('');
  expect(await refusal(createPod('best-effort'))).toMatch(/^exceeded quota: q/);
});
