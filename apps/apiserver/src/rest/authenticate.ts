import type { TLSSocket } from 'node:tls';
import { ANONYMOUS, type Authorizer, impersonate, type ImpersonationRequest, type User, userOfCertificate } from '@steersman/auth';
import { peerOf } from '@steersman/rpc';
import { StatusError } from '@steersman/status';
import { badRequest } from '../machine/errors.ts';
import type { HttpRequest } from './reply.ts';

/** Whose token it is; undefined when nobody's. */
export type TokenAuthenticator = (token: string) => Promise<User | undefined>;

export interface AuthenticatorDeps {
  readonly tokens: TokenAuthenticator;
  /** Decides who may act as whom. */
  readonly authorizer: Authorizer;
}

/** Who asks. Throws Unauthorized for credentials that prove nothing. */
export type Authenticator = (request: HttpRequest, socket: TLSSocket) => Promise<User>;

/** A bearer token, else the connection's client certificate, else nobody; then whom the request asks to act as. */
export function createAuthenticator({ tokens, authorizer }: AuthenticatorDeps): Authenticator {
  return async (request, socket) => {
    const token = bearerToken(request);
    const user = token === undefined ? userOfConnection(socket) : await tokens(token);
    if (!user) throw new StatusError('Unauthorized', 'Unauthorized');
    const asked = impersonationOf(request.rawHeaders);
    return asked ? impersonate(user, asked, authorizer) : user;
  };
}

function bearerToken({ headers: { authorization } }: HttpRequest): string | undefined {
  if (authorization === undefined) return undefined;
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw new StatusError('Unauthorized', 'Unauthorized');
  return token;
}

const users = new WeakMap<TLSSocket, User>();

/** Asked once per connection. */
function userOfConnection(socket: TLSSocket): User {
  const known = users.get(socket);
  if (known) return known;
  const peer = peerOf(socket.getPeerCertificate());
  if (peer && !socket.authorized) throw new StatusError('Unauthorized', `Unauthorized: ${whyRefused(socket)}`);
  const user = peer ? userOfCertificate(peer) : ANONYMOUS;
  users.set(socket, user);
  return user;
}

/** As OpenSSL names the faults that have a remedy; of others the name alone is told. */
const FAULTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired: ask for a new one',
  CERT_NOT_YET_VALID: 'is not valid yet: compare the clocks of both machines',
};

function whyRefused({ authorizationError }: TLSSocket): string {
  const fault = String(authorizationError);
  return `the client certificate ${FAULTS[fault] ?? `was not accepted: ${fault}`}`;
}

const EXTRA = 'impersonate-extra-';

/** Read from the raw headers: a group's name may hold a comma, so that joined values could not be told apart. */
function impersonationOf(rawHeaders: readonly string[]): ImpersonationRequest | undefined {
  const values = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (name.startsWith('impersonate-')) values.set(name, [...(values.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  if (values.size === 0) return undefined;
  const user = values.get('impersonate-user')?.[0] ?? '';
  const groups = values.get('impersonate-group') ?? [];
  if (user === '') throw badRequest(`requested ${[...values.keys()].join(', ')} without impersonating a user: send Impersonate-User too`);
  const extra = [...values].flatMap(([name, given]) =>
    name.startsWith(EXTRA) ? [[decodeKey(name.slice(EXTRA.length)), given] as const] : [],
  );
  return { user, groups, uid: values.get('impersonate-uid')?.[0] ?? '', extra: Object.fromEntries(extra) };
}

/** Keys are percent-encoded where a header's name cannot hold them. */
function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (err) {
    throw new StatusError('BadRequest', `header ${EXTRA}${text}: the key is not percent-encoded`, { cause: err });
  }
}
