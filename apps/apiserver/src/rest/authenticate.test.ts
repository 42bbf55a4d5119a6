import type { TLSSocket } from 'node:tls';
import { userOfAccount } from '@steersman/auth';
import { createAuthenticator } from './authenticate.ts';
import type { HttpRequest } from './reply.ts';

const robot = userOfAccount({ namespace: 'one', name: 'robot' });
const authenticate = createAuthenticator({
  tokens: async token => (token === 'good' ? robot : undefined),
  authorizer: { allows: ({ user }) => user.name === 'lea' },
});

const socket = (subject: object | undefined, authorized = true): TLSSocket =>
  ({ authorized, authorizationError: 'CERT_HAS_EXPIRED', getPeerCertificate: () => ({ subject }) }) as unknown as TLSSocket;
const request = (headers: readonly (readonly [string, string])[] = []): HttpRequest =>
  ({
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders: headers.flat(),
  }) as unknown as HttpRequest;
const LEA = { CN: 'lea', O: 'dev' };

it.each([
  { name: 'nobody', connection: socket(undefined), headers: [], user: { name: 'system:anonymous', groups: ['system:unauthenticated'] } },
  { name: 'a certificate', connection: socket(LEA), headers: [], user: { name: 'lea', groups: ['dev', 'system:authenticated'] } },
  { name: 'a token before a certificate', connection: socket(LEA), headers: [['Authorization', 'Bearer good']] as const, user: robot },
  {
    name: 'whom a certificate acts as',
    connection: socket(LEA),
    headers: [
      ['Impersonate-User', 'ben'],
      ['Impersonate-Group', 'a,b'],
      ['Impersonate-Group', 'c'],
      ['Impersonate-Extra-Scopes%2Fx', 'view'],
    ] as const,
    user: { name: 'ben', groups: ['a,b', 'c', 'system:authenticated'], extra: { 'scopes/x': ['view'] } },
  },
])('knows $name', async ({ connection, headers, user }) => {
  expect(await authenticate(request(headers), connection)).toEqual(user);
});

it.each([
  { name: 'a token nobody gave', connection: socket(LEA), headers: [['authorization', 'Bearer bad']] as const, why: 'Unauthorized' },
  { name: 'another scheme', connection: socket(LEA), headers: [['authorization', 'Basic bGVhOng=']] as const, why: 'Unauthorized' },
  {
    name: 'a certificate that does not hold',
    connection: socket(LEA, false),
    headers: [],
    why: 'Unauthorized: the client certificate has expired: ask for a new one',
  },
  {
    name: 'acting as somebody without the right',
    connection: socket({ CN: 'ben' }),
    headers: [['Impersonate-User', 'lea']] as const,
    why: 'users "lea" is forbidden: User "ben" cannot impersonate resource "users" in API group "" at the cluster scope',
  },
  {
    name: 'acting as a group without a user',
    connection: socket(LEA),
    headers: [['Impersonate-Group', 'system:masters']] as const,
    why: 'requested impersonate-group without impersonating a user: send Impersonate-User too',
  },
])('refuses $name', async ({ connection, headers, why }) => {
  await expect(authenticate(request(headers), connection)).rejects.toThrow(why);
});
