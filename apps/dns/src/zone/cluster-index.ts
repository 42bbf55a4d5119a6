import type { EndpointSlice, Key, Namespace, Service } from '@steersman/types';
import { reverseName } from './ip-names.ts';
import { type ServiceRecords, serviceRecords } from './service-records.ts';

/** What an answer was made from, and is no longer right without. */
export type Token = `service ${Key}` | `namespace ${string}` | `reverse ${string}`;

export interface Changed<T> {
  readonly prev?: T;
  readonly next?: T;
}

const SERVICE_LABEL = 'kubernetes.io/service-name';

/** Records of the cluster, kept up to date one change at a time; no question ever scans it. */
export class ClusterIndex {
  readonly #services = new Map<Key, Service>();
  readonly #slices = new Map<Key, Map<string, EndpointSlice>>();
  readonly #records = new Map<Key, ServiceRecords>();
  readonly #namespaces = new Set<string>();
  /** By name in in-addr.arpa or ip6.arpa: what each Service calls the address. */
  readonly #reverse = new Map<string, Map<Key, readonly string[]>>();
  /** The reverse names that a Service has entries under. */
  readonly #reverseOf = new Map<Key, readonly string[]>();
  readonly #onChange: (token: Token) => void;

  /** `onChange` hears of everything whose answers may differ from now on. */
  constructor(onChange: (token: Token) => void = () => {}) {
    this.#onChange = onChange;
  }

  service(namespace: string, name: string): ServiceRecords | undefined {
    return this.#records.get(`${namespace}/${name}`);
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }

  /** Names below the zone's `svc`, such as `web.default`. */
  namesBehind(reverse: string): readonly string[] {
    return [...(this.#reverse.get(reverse)?.values() ?? [])].flat();
  }

  onNamespace({ prev, next }: Changed<Namespace>): void {
    const name = (next ?? prev)?.metadata.name ?? '';
    if (next ? this.#namespaces.has(name) : !this.#namespaces.delete(name)) return;
    if (next) this.#namespaces.add(name);
    this.#onChange(`namespace ${name}`);
  }

  onService({ prev, next }: Changed<Service>): void {
    const { namespace = '', name } = (next ?? prev)?.metadata ?? { name: '' };
    const key = `${namespace}/${name}`;
    if (next) this.#services.set(key, next);
    else this.#services.delete(key);
    this.#update(key);
  }

  onSlice({ prev, next }: Changed<EndpointSlice>): void {
    const before = prev && serviceKeyOf(prev);
    const after = next && serviceKeyOf(next);
    if (prev && before !== undefined) this.#dropSlice(before, prev.metadata.name);
    if (next && after !== undefined) {
      const slices = this.#slices.get(after) ?? new Map<string, EndpointSlice>();
      this.#slices.set(after, slices.set(next.metadata.name, next));
    }
    for (const key of new Set([before, after])) if (key !== undefined && this.#services.has(key)) this.#update(key);
  }

  #dropSlice(key: Key, name: string): void {
    const slices = this.#slices.get(key);
    slices?.delete(name);
    if (slices?.size === 0) this.#slices.delete(key);
  }

  #update(key: Key): void {
    const service = this.#services.get(key);
    const records = service && serviceRecords(service, [...(this.#slices.get(key)?.values() ?? [])]);
    if (records) this.#records.set(key, records);
    else this.#records.delete(key);
    this.#onChange(`service ${key}`);
    this.#updateReverse(key, records ? reverseEntries(key, records) : new Map<string, readonly string[]>());
  }

  #updateReverse(key: Key, entries: ReadonlyMap<string, readonly string[]>): void {
    const before = this.#reverseOf.get(key) ?? [];
    for (const name of before) if (!entries.has(name)) this.#setReverse(name, key, undefined);
    for (const [name, targets] of entries) this.#setReverse(name, key, targets);
    if (entries.size > 0) this.#reverseOf.set(key, [...entries.keys()]);
    else this.#reverseOf.delete(key);
  }

  #setReverse(name: string, key: Key, targets: readonly string[] | undefined): void {
    const found = this.#reverse.get(name) ?? new Map<Key, readonly string[]>();
    if (isSame(found.get(key), targets)) return;
    if (targets) this.#reverse.set(name, found.set(key, targets));
    else if (found.delete(key) && found.size === 0) this.#reverse.delete(name);
    this.#onChange(`reverse ${name}`);
  }
}

const isSame = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a?.length === b?.length && (a ?? []).every((target, at) => target === b?.[at]);

const serviceKeyOf = ({ metadata }: EndpointSlice): Key | undefined => {
  const service = metadata.labels?.[SERVICE_LABEL];
  return service === undefined ? undefined : `${metadata.namespace}/${service}`;
};

function reverseEntries(key: Key, records: ServiceRecords): ReadonlyMap<string, readonly string[]> {
  const [namespace = '', name = ''] = key.split('/');
  const service = `${name}.${namespace}`;
  const entries = new Map<string, readonly string[]>();
  const add = (address: string, target: string): void => {
    const reverse = reverseName(address);
    if (reverse !== undefined) entries.set(reverse, [...(entries.get(reverse) ?? []), target]);
  };
  if (records.kind === 'cluster') for (const address of records.addresses) add(address, service);
  if (records.kind === 'headless')
    for (const host of records.hosts.values()) for (const address of host.addresses) add(address, `${host.name}.${service}`);
  return entries;
}
