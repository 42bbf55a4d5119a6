import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { Layout } from './layout.ts';
import type { ClusterState } from './state.ts';

const TIMEOUT_MS = 5_000;

export interface Answer {
  readonly code: number;
  readonly body: string;
}

/** The cluster's API as its administrator. */
export interface Api extends Disposable {
  get(path: string, signal: AbortSignal): Promise<Answer>;
  /** A merge patch of the object at `path`. */
  patch(path: string, change: object, signal: AbortSignal): Promise<Answer>;
}

export function connectApi(layout: Layout, state: ClusterState): Api {
  const pem = (name: string): string => readFileSync(join(layout.pki, name), 'utf8');
  const agent = new Agent({ keepAlive: true, ca: pem('ca.crt'), cert: pem('admin.crt'), key: pem('admin.key') });
  const send = (what: { readonly method: string; readonly path: string; readonly body?: string }, signal: AbortSignal): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method, path, body: sent } = what;
      const headers = sent === undefined ? {} : { 'content-type': 'application/merge-patch+json' };
      const options = { host: '127.0.0.1', port: state.ports.api, method, path, headers, agent, signal, timeout: TIMEOUT_MS };
      const call = request(options, response => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.once('error', reject).once('end', () => resolve({ code: response.statusCode ?? 0, body }));
      });
      call.once('timeout', () => call.destroy(new Error('no answer in time'))).once('error', reject);
      call.end(sent);
    });
  return {
    get: (path, signal) => send({ method: 'GET', path }, signal),
    patch: (path, change, signal) => send({ method: 'PATCH', path, body: JSON.stringify(change) }, signal),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

export interface NodeSummary {
  readonly name: string;
  readonly isReady: boolean;
  /** Of the Ready condition: what is wrong when it is not. */
  readonly message: string;
  readonly version: string;
  /** When its kubelet last said so, in milliseconds since 1970. */
  readonly heardAt: number;
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
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
      message: ready?.message ?? 'the kubelet has not reported yet',
      heardAt: Date.parse(ready?.lastHeartbeatTime ?? '') || 0,
      version: status?.nodeInfo?.kubeletVersion ?? '',
    };
  });
}
