import { generateKeyPairSync } from 'node:crypto';
import type { Secret } from '@steersman/types';
import { AccountTokens, userOfClaims } from './account-tokens.ts';
import { bootstrapSecretName, userOfBootstrapToken } from './bootstrap-token.ts';
import { signJwt, verifyJwt } from './jwt.ts';
import { readTokenKeys, type TokenKey, toJwks } from './token-keys.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);

const pem = { type: 'pkcs8', format: 'pem' } as const;
const ecKey = (): TokenKey => readTokenKeys(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem).toString())[0]!;
const rsaKey = (): TokenKey => readTokenKeys(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem).toString())[0]!;
const [ec, rsa] = [ecKey(), rsaKey()];

describe('a signed token', () => {
  it.each([
    { name: 'ES256', key: ec },
    { name: 'RS256', key: rsa },
  ])('$name is proven by its own key only', ({ key }) => {
    const token = signJwt({ sub: 'me' }, key);
    expect(verifyJwt(token, [ecKey(), key])).toEqual({ sub: 'me' });
    expect(verifyJwt(token, [ecKey(), rsaKey()])).toBeUndefined();
  });

  const [head = '', body = '', signature = ''] = signJwt({ sub: 'me' }, ec).split('.');
  const coded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    { name: 'other claims', token: `${head}.${coded({ sub: 'root' })}.${signature}` },
    { name: 'no signature', token: `${head}.${body}.` },
    { name: 'the algorithm none', token: `${coded({ alg: 'none' })}.${body}.` },
    { name: 'an algorithm that is not the key’s', token: `${coded({ alg: 'HS256', kid: ec.id })}.${body}.${signature}` },
    { name: 'a part too many', token: `${head}.${body}.${signature}.x` },
    { name: 'no JSON', token: 'a.b.c' },
    { name: 'nothing', token: '' },
  ])('with $name is refused', ({ token }) => {
    expect(verifyJwt(token, [ec])).toBeUndefined();
  });
});

describe('keys', () => {
  it('are read from one file with several, and published without their secrets', () => {
    const file = [ec, rsa].map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }).toString()).join('\n');
    expect(readTokenKeys(file).map(({ id, algorithm }) => [id, algorithm])).toEqual([
      [ec.id, 'ES256'],
      [rsa.id, 'RS256'],
    ]);
    const published = JSON.stringify(toJwks([ec, rsa]));
    expect(published).toContain(`"kid":"${ec.id}"`);
    expect(published).not.toMatch(/"d":/);
  });

  it.each([
    { name: 'an empty file', file: '', message: 'the file holds no PEM key' },
    {
      name: 'a curve nobody verifies',
      file: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export(pem).toString(),
      message: 'tokens are signed with RSA or P-256 keys, this is secp384r1',
    },
  ])('are refused from $name', ({ file, message }) => {
    expect(() => readTokenKeys(file)).toThrow(message);
  });
});

describe('a token of a service account', () => {
  const tokens = new AccountTokens({ issuer: 'https://issuer', signingKey: ec, keys: [ec] });
  const asked = {
    namespace: 'one',
    account: { name: 'robot', uid: 'u1' },
    audiences: ['api'],
    pod: { name: 'web', uid: 'u2' },
    lifetimeS: 600,
    now: NOW,
  };

  it('names the account and what it is bound to', () => {
    const claims = tokens.verify(tokens.issue(asked), later(1));
    expect(claims).toMatchObject({ namespace: 'one', account: asked.account, pod: asked.pod, audiences: ['api'] });
    expect(userOfClaims(claims!)).toMatchObject({
      name: 'system:serviceaccount:one:robot',
      uid: 'u1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:one', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/pod-name': ['web'], 'authentication.kubernetes.io/pod-uid': ['u2'] },
    });
  });

  it.each([
    { name: 'before its time, by more than clocks differ', at: later(-61), holds: false },
    { name: 'while clocks differ', at: later(-59), holds: true },
    { name: 'in its last second', at: later(599), holds: true },
    { name: 'after it', at: later(600), holds: false },
  ])('$name holds: $holds', ({ at, holds }) => {
    const token = tokens.issue(asked);
    expect(tokens.verify(token, NOW)).toBeDefined();
    expect(tokens.verify(token, at) !== undefined).toBe(holds);
  });

  it('of another issuer, or for another subject than its account, is refused', () => {
    const other = new AccountTokens({ issuer: 'https://other', signingKey: ec, keys: [ec] });
    expect(tokens.verify(other.issue(asked), NOW)).toBeUndefined();
    const mixed = {
      iss: 'https://issuer',
      exp: 9e9,
      sub: 'system:serviceaccount:one:admin',
      'kubernetes.io': { namespace: 'one', serviceaccount: asked.account },
    };
    expect(tokens.verify(signJwt(mixed, ec), NOW)).toBeUndefined();
  });
});

describe('a bootstrap token', () => {
  const token = 'abcdef.0123456789abcdef';
  const secret = (change: Record<string, string> = {}, more: Partial<Secret> = {}): Secret => ({
    metadata: { name: 'bootstrap-token-abcdef', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(
      Object.entries({ 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true', ...change }).map(
        ([key, value]) => [key, Buffer.from(value).toString('base64')],
      ),
    ),
    ...more,
  });

  it('names its secret', () => {
    expect(bootstrapSecretName(token)).toBe('bootstrap-token-abcdef');
    expect(bootstrapSecretName('ABCDEF.0123456789abcdef')).toBeUndefined();
  });

  it('is a user of the bootstrappers, and of groups the secret adds', () => {
    expect(userOfBootstrapToken(token, secret({ 'auth-extra-groups': 'system:bootstrappers:rack-1' }), NOW)).toEqual({
      name: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:rack-1', 'system:authenticated'],
    });
  });

  it.each([
    { name: 'another secret part', found: secret({ 'token-secret': 'fedcba9876543210' }) },
    { name: 'no use for authentication', found: secret({ 'usage-bootstrap-authentication': 'false' }) },
    { name: 'an end that is past', found: secret({ expiration: '2025-12-31T23:59:59Z' }) },
    { name: 'an end nobody can read', found: secret({ expiration: 'soon' }) },
    { name: 'a group that is not for bootstrapping', found: secret({ 'auth-extra-groups': 'system:masters' }) },
    { name: 'a secret of another type', found: secret({}, { type: 'Opaque' }) },
  ])('with $name is refused', ({ found }) => {
    expect(userOfBootstrapToken(token, found, NOW)).toBeUndefined();
  });
});
