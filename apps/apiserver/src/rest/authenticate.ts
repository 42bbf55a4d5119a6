import type { TLSSocket } from 'node:tls';
import { ANONYMOUS, type User, userOfCertificate } from '@steersman/auth';
import { peerOf } from '@steersman/rpc';
import { StatusError } from '@steersman/status';

const users = new WeakMap<TLSSocket, User>();

/** Who is at the other end of a connection: asked once per connection. Throws Unauthorized for credentials that prove nothing. */
export function authenticate(socket: TLSSocket, authorization: string | undefined): User {
  if (authorization !== undefined) throw new StatusError('Unauthorized', 'Unauthorized');
  const known = users.get(socket);
  if (known) return known;
  const peer = peerOf(socket.getPeerCertificate());
  if (peer && !socket.authorized)
    throw new StatusError('Unauthorized', `Unauthorized: the client certificate was not accepted: ${String(socket.authorizationError)}`);
  const user = peer ? userOfCertificate(peer) : ANONYMOUS;
  users.set(socket, user);
  return user;
}
