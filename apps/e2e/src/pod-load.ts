import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';
import { IMAGE } from './image.ts';

export const PODS = '/api/v1/namespaces/default/pods';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
/** Pods of the load at one time. */
const MOST_PODS = 12;
const PAUSE_MS = 100;

/** A load of creates and deletes that knows what was acknowledged. Names are used once. */
export class PodLoad {
  readonly #api: ApiClient;
  readonly #random: () => number;
  readonly #mark: string;
  /** Acknowledged and not asked to go. */
  readonly kept = new Set<string>();
  /** Whose deletion was acknowledged. */
  readonly deleted = new Set<string>();
  /** Asked for without an answer: may be or not. */
  readonly unknown = new Set<string>();
  readonly configMaps = new Set<string>();
  #count = 0;

  constructor({ api, random, mark }: { readonly api: ApiClient; readonly random: () => number; readonly mark: string }) {
    this.#api = api;
    this.#random = random;
    this.#mark = mark;
  }

  get acknowledged(): number {
    return this.kept.size + 2 * this.deleted.size + this.configMaps.size;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await Promise.all([this.#createConfigMap(), this.#changePods()]);
      await sleep(PAUSE_MS);
    }
  }

  async #createConfigMap(): Promise<void> {
    const name = `load-${this.#count++}`;
    const { code } = await this.#api.call('POST', CONFIG_MAPS, { metadata: { name }, data: { name } });
    if (code === 201) this.configMaps.add(name);
  }

  async #changePods(): Promise<void> {
    const names = [...this.kept];
    if (names.length >= MOST_PODS || (names.length > 2 && this.#random() < 0.4)) {
      await this.#delete(names[Math.floor(this.#random() * names.length)] ?? '');
    } else await this.#create(`load-${this.#count++}`);
  }

  async #create(name: string): Promise<void> {
    const container = { name: 'c', image: IMAGE, env: [{ name: this.#mark, value: name }] };
    const pod = { metadata: { name, labels: { load: 'pods' } }, spec: { terminationGracePeriodSeconds: 2, containers: [container] } };
    const { code } = await this.#api.call('POST', PODS, pod);
    if (code === 201) this.kept.add(name);
    else if (code === 0) this.unknown.add(name);
  }

  async #delete(name: string): Promise<void> {
    this.kept.delete(name);
    const { code } = await this.#api.call('DELETE', `${PODS}/${name}`);
    if (code === 200 || code === 202) this.deleted.add(name);
    else this.unknown.add(name);
  }
}
