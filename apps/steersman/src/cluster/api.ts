import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { Layout } from './layout.ts';
import type { ClusterState } from './state.ts';

const TIMEOUT_MS = 5_000;
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

export interface Answer {
  readonly code: number;
  readonly body: string;
}

/** The cluster's API as its administrator. */
export interface Api extends Disposable {
  get(path: string, signal: AbortSignal): Promise<Answer>;
  send(change: Change, signal: AbortSignal): Promise<Answer>;
}

export interface Change {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** A PATCH is merged into what is there. */
  readonly body?: object;
}

export function connectApi(layout: Layout, state: ClusterState): Api {
  const pem = (name: string): string => readFileSync(join(layout.pki, name), 'utf8');
  const agent = new Agent({ keepAlive: true, ca: pem('ca.crt'), cert: pem('admin.crt'), key: pem('admin.key') });
  const call = ({ method, path, body }: Omit<Change, 'method'> & { readonly method: string }, signal: AbortSignal): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
      const options = {
        host: '127.0.0.1',
        port: state.ports.api,
        method,
        path,
        agent,
        signal,
        timeout: TIMEOUT_MS,
        ...(body && { headers }),
      };
      const outgoing = request(options, response => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('error', reject).once('end', () => resolve({ code: response.statusCode ?? 0, body: text }));
      });
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time'))).once('error', reject);
      outgoing.end(body && JSON.stringify(body));
    });
  return {
    get: (path, signal) => call({ method: 'GET', path }, signal),
    send: call,
    [Symbol.dispose]: () => agent.destroy(),
  };
}

export interface NodeSummary {
  readonly name: string;
  readonly isReady: boolean;
  readonly isControlPlane: boolean;
  /** Of the Ready condition: what is wrong when it is not. */
  readonly message: string;
  readonly version: string;
  /** When its kubelet last said so, in milliseconds since 1970. */
  readonly heardAt: number;
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly status?: {
      readonly conditions?: readonly {
        readonly type: string;
        readonly status: string;
        readonly message?: string;
        readonly lastHeartbeatTime?: string;
      }[];
      readonly nodeInfo?: { readonly kubeletVersion?: string };
    };
  }[];
}

export async function listNodes(api: Api, signal: AbortSignal): Promise<readonly NodeSummary[]> {
  const { code, body } = await api.get('/api/v1/nodes', signal);
  if (code !== 200) throw new Error(`the API answered ${code}: ${body}`);
  return (JSON.parse(body) as NodeList).items.map(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    return {
      name: metadata.name,
      isReady: ready?.status === 'True',
      isControlPlane: metadata.labels?.[CONTROL_PLANE] !== undefined,
      message: ready?.message ?? 'the kubelet has not reported yet',
      heardAt: Date.parse(ready?.lastHeartbeatTime ?? '') || 0,
      version: status?.nodeInfo?.kubeletVersion ?? '',
    };
  });
}

/** Shows the node's role in `kubectl get nodes`. A node may not say this of itself: its role is its administrator's word. */
export async function labelControlPlane(api: Api, { name, isControlPlane }: NodeSummary, signal: AbortSignal): Promise<void> {
  if (isControlPlane) return;
  const { code, body } = await api.send(
    { method: 'PATCH', path: `/api/v1/nodes/${name}`, body: { metadata: { labels: { [CONTROL_PLANE]: '' } } } },
    signal,
  );
  if (code !== 200) throw new Error(`the API answered ${code}: ${body}`);
}
