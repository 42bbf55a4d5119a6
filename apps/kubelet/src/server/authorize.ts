import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { peerOf } from '@steersman/rpc';
import { StatusError } from '@steersman/status';
import type { ServerDeps } from './server-deps.ts';

/** The cluster's own masters, the API server among them, are not asked about: the answer is known. */
const MASTERS = 'system:masters';
/** What every caller with a valid certificate is of (upstream's user.AllAuthenticated). */
const AUTHENTICATED = 'system:authenticated';

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of nodes by the first part of the path; all else is `proxy`, which can run anything in any pod. */
const SUBRESOURCES: Readonly<Record<string, string>> = {
  stats: 'stats',
  metrics: 'metrics',
  logs: 'log',
  pods: 'pods',
  healthz: 'healthz',
  configz: 'configz',
};

/** Throws Unauthorized without a certificate of the client authority, Forbidden for a caller the API does not let do this. */
export async function authorize(request: IncomingMessage, mayCall: ServerDeps['mayCall']): Promise<void> {
  const socket = request.socket as TLSSocket;
  const peer = socket.authorized ? peerOf(socket.getPeerCertificate()) : undefined;
  if (!peer) throw new StatusError('Unauthorized', 'Unauthorized');
  if (peer.organizations.includes(MASTERS)) return;
  const verb = VERBS[request.method ?? ''] ?? '';
  const subresource = SUBRESOURCES[/^\/([^/?]*)/.exec(request.url ?? '')?.[1] ?? ''] ?? 'proxy';
  if (await mayCall({ user: peer.commonName, groups: [...peer.organizations, AUTHENTICATED], verb, subresource })) return;
  throw new StatusError('Forbidden', `Forbidden (user=${peer.commonName}, verb=${verb}, resource=nodes, subresource=${subresource})`);
}
