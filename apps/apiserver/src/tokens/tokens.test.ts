import { userOfCertificate } from '@steersman/auth';
import type { StatusError } from '@steersman/status';
import {
  namespaceKind,
  nodeKind,
  podKind,
  secretKind,
  serviceAccountKind,
  type TokenRequest,
  type TokenReview,
  tokenReviewKind,
} from '@steersman/types';
import { TestApi } from '../testing/test-api.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const namespace = 'one';
let world: TestApi;
beforeAll(async () => {
  world = await TestApi.start();
  await world.ask('create', namespaceKind, { body: { metadata: { name: namespace } } });
  await world.ask('create', nodeKind, { body: { metadata: { name: 'n1' } } });
  for (const name of ['robot', 'other']) await world.ask('create', serviceAccountKind, { namespace, body: { metadata: { name } } });
});
afterAll(async () => world[Symbol.asyncDispose]());

const request = (spec: object, name = 'robot', user?: ReturnType<typeof userOfCertificate>) =>
  world.ask<TokenRequest>('create', serviceAccountKind, { namespace, name, subresource: 'token', body: { spec }, ...(user && { user }) });
const review = async (token = '', audiences?: readonly string[]): Promise<TokenReview['status']> =>
  (await world.ask<TokenReview>('create', tokenReviewKind, { body: { spec: { token, ...(audiences && { audiences }) } } })).status;
const createPod = (name: string, spec: object = {}) =>
  world.ask('create', podKind, {
    namespace,
    body: { metadata: { name }, spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }], ...spec } },
  });
const bound = (name: string, uid?: string) => ({
  boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, ...(uid !== undefined && { uid }) },
});

it('gives a token that names its account, for this API and an hour unless told', async () => {
  const { spec, status } = await request({});
  expect(spec).toMatchObject({ audiences: [ISSUER], expirationSeconds: 3_600 });
  expect(await review(status.token)).toMatchObject({
    authenticated: true,
    audiences: [ISSUER],
    user: {
      username: 'system:serviceaccount:one:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:one', 'system:authenticated'],
    },
  });
});

it('takes a token for whom it is meant only', async () => {
  const { status } = await request({ audiences: ['vault'] });
  expect((await review(status.token)).authenticated).toBe(false);
  expect(await review(status.token, ['vault', 'other'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
});

it('ends the token of a pod with the pod, also when another of its name comes', async () => {
  await createPod('web', { nodeName: 'n1' });
  const { status } = await request(bound('web'));
  expect((await review(status.token)).user?.extra).toMatchObject({
    'authentication.kubernetes.io/pod-name': ['web'],
    'authentication.kubernetes.io/node-name': ['n1'],
  });
  await world.ask('delete', podKind, { namespace, name: 'web', options: { gracePeriodSeconds: '0' } });
  await createPod('web');
  await world.ask('get', podKind, { namespace, name: 'web' });
  expect((await review(status.token)).authenticated).toBe(false);
});

it('ends all tokens of an account with the account', async () => {
  await world.ask('create', serviceAccountKind, { namespace, body: { metadata: { name: 'brief' } } });
  const { status } = await request({}, 'brief');
  await world.ask('delete', serviceAccountKind, { namespace, name: 'brief' });
  await expect(world.ask('get', serviceAccountKind, { namespace, name: 'brief' })).rejects.toThrow('not found');
  expect((await review(status.token)).authenticated).toBe(false);
});

it.each([
  { name: 'an account that is not there', ask: () => request({}, 'none'), why: 'serviceaccounts "none" not found' },
  { name: 'too short a life', ask: () => request({ expirationSeconds: 599 }), why: 'may not specify a duration less than 10 minutes' },
  {
    name: 'too long a life',
    ask: () => request({ expirationSeconds: 2 ** 33 }),
    why: 'may not specify a duration larger than 2^32 seconds',
  },
  { name: 'a pod that is not there', ask: () => request(bound('none')), why: 'pods "none" not found' },
  {
    name: 'something else than a pod',
    ask: () => request({ boundObjectRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } }),
    why: 'cannot bind token to object of type apps/v1, Kind=Deployment',
  },
])('gives none for $name', async ({ ask, why }) => {
  await expect(ask()).rejects.toThrow(why);
});

it('binds no token to the pod of another account, or to an earlier pod', async () => {
  await createPod('bound');
  await expect(request(bound('bound'), 'other')).rejects.toThrow('to pod running with different serviceaccount name');
  await expect(request(bound('bound', 'earlier'))).rejects.toMatchObject({ reason: 'Conflict' } satisfies Partial<StatusError>);
});

it('gives nodes tokens for the pods they run, and for no others', async () => {
  const node = userOfCertificate({ commonName: 'system:node:n1', organizations: ['system:nodes'] });
  const mine = await createPod('mine', { nodeName: 'n1' });
  const theirs = await createPod('theirs', { nodeName: 'n2' });
  await world.ask('get', podKind, { namespace, name: 'theirs' });
  expect((await request(bound('mine', mine.metadata.uid), 'robot', node)).status.token).not.toBe('');
  await expect(request(bound('theirs', theirs.metadata.uid), 'robot', node)).rejects.toThrow(
    'node requested token bound to a pod scheduled on a different node',
  );
  await expect(request({}, 'robot', node)).rejects.toThrow('node requested token not bound to a pod');
  await expect(request({}, 'other', node)).rejects.toThrow('cannot create resource "serviceaccounts/token"');
});

it('knows the user of a bootstrap token', async () => {
  const stringData = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' };
  const body = { metadata: { name: 'bootstrap-token-abcdef' }, type: 'bootstrap.kubernetes.io/token', stringData };
  await world.ask('create', secretKind, { namespace: 'kube-system', body });
  expect((await review('abcdef.0123456789abcdef')).user?.username).toBe('system:bootstrap:abcdef');
  expect((await review('abcdef.0123456789abcdeg')).authenticated).toBe(false);
});
