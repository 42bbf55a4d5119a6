import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }];
  readonly users: readonly [{ readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } }];
}

export interface Answer {
  /** 0 when there was no answer: what was asked may or may not have been done. */
  readonly code: number;
  readonly body: string;
}

const CALL_LIMIT_MS = 10_000;
const decoded = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** REST without a kubectl between, for loads: a kubectl costs more than the call it makes. */
export class ApiClient implements Disposable {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const [{ cluster }] = clusters;
    const [{ user }] = users;
    this.#server = cluster.server;
    this.#agent = new Agent({
      keepAlive: true,
      ca: decoded(cluster['certificate-authority-data']),
      cert: decoded(user['client-certificate-data']),
      key: decoded(user['client-key-data']),
    });
  }

  call(method: string, path: string, body?: object): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const nothing = (): void => resolve({ code: 0, body: '' });
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const outgoing = request(
      `${this.#server}${path}`,
      { method, agent: this.#agent, timeout: CALL_LIMIT_MS, ...(body && { headers: { 'content-type': contentType } }) },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
        response.on('error', nothing);
      },
    );
    outgoing.on('error', nothing).on('timeout', () => outgoing.destroy());
    outgoing.end(body && JSON.stringify(body));
    return promise;
  }

  async json<T>(path: string): Promise<T> {
    const { code, body } = await this.call('GET', path);
    if (code !== 200) throw new Error(`GET ${path} was answered with ${code}: ${body.slice(0, 300)}`);
    return JSON.parse(body) as T;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
