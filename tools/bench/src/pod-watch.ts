import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import type { Cluster } from './cluster.ts';

interface PodEvent {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string }; readonly status: { readonly phase?: string } };
}

/** A watch of all pods of a namespace, as a client has it: when it saw what. */
export class PodWatch implements Disposable {
  readonly #waiting = new Map<string, (atMs: number) => void>();
  readonly #seen = new Map<string, number>();
  readonly #stop = new AbortController();
  #failure: Error | undefined;

  /** Resolves once the server has begun to answer. */
  static async open({ api: { port, certificates } }: Cluster, path: string): Promise<PodWatch> {
    const watch = new PodWatch();
    await new Promise<void>((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port,
        path: `${path}?watch=true`,
        ca: readFileSync(certificates.caFile),
        cert: readFileSync(certificates.adminCertFile),
        key: readFileSync(certificates.adminKeyFile),
        signal: watch.#stop.signal,
      };
      request(options, response => {
        const lines = createInterface({ input: response });
        lines.on('line', line => watch.#take(JSON.parse(line) as PodEvent));
        lines.on('error', () => {}); // our own abort
        resolve();
      })
        .on('error', err => {
          watch.#failure = err;
          reject(err);
        })
        .end();
    });
    return watch;
  }

  /** When the pod was seen Running, or to be gone, on the clock of `performance.now()`. */
  async saw(name: string, what: 'Running' | 'gone'): Promise<number> {
    const key = `${name} ${what}`;
    const at = this.#seen.get(key);
    if (at !== undefined) return at;
    if (this.#failure) throw this.#failure;
    return new Promise(resolve => this.#waiting.set(key, resolve));
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  #take({ type, object: { metadata, status } }: PodEvent): void {
    if (type === 'DELETED') this.#note(`${metadata.name} gone`);
    else if (status.phase === 'Running') this.#note(`${metadata.name} Running`);
  }

  #note(key: string): void {
    if (this.#seen.has(key)) return;
    const now = performance.now();
    this.#seen.set(key, now);
    this.#waiting.get(key)?.(now);
    this.#waiting.delete(key);
  }
}
