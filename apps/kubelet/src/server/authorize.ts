import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { peerOf } from '@steersman/rpc';
import { StatusError } from '@steersman/status';

/** Whoever may call the kubelet may run anything in its pods: only the cluster's own masters may. */
const GROUP = 'system:masters';

/** Throws Unauthorized without a certificate of the client authority, Forbidden for one that is not of `system:masters`. */
export function authorize(request: IncomingMessage): void {
  const socket = request.socket as TLSSocket;
  const peer = socket.authorized ? peerOf(socket.getPeerCertificate()) : undefined;
  if (!peer) throw new StatusError('Unauthorized', 'Unauthorized');
  if (peer.organizations.includes(GROUP)) return;
  const asked = `${request.method?.toLowerCase()} ${request.url?.split('?')[0]}`;
  throw new StatusError('Forbidden', `Forbidden (user=${peer.commonName}, ${asked}): its certificate is not of ${GROUP}`);
}
