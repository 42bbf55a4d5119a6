import type { Element, ValueNow } from './service-elements.ts';
import type { SetName } from './service-layout.ts';

/** What one element of the kernel becomes: `next` undefined removes it. A set's element has the value ''. */
export interface ElementChange {
  readonly set: SetName;
  readonly key: string;
  readonly prev?: string;
  readonly next?: string;
}

/** The contents of the kernel's sets and maps, by set and key. */
export type Contents = ReadonlyMap<SetName, ReadonlyMap<string, string>>;

interface Claim {
  readonly owner: string;
  readonly value: string;
}

/**
 * Whose entries are in the kernel. Of two owners that want the same entry the first has it, and the other gets it when the
 * first lets go: so a Service cannot take another's address away.
 */
export class ElementTable {
  readonly #claims = new Map<SetName, Map<string, readonly Claim[]>>();
  readonly #owned = new Map<string, readonly Element[]>();
  #kernel = new Map<SetName, Map<string, string>>();
  /** Entries that may differ from the kernel's, once each. */
  readonly #touched = new Map<SetName, Set<string>>();

  constructor(kernel: Contents = new Map()) {
    this.reset(kernel);
  }

  /** What the kernel holds or will hold after the next transaction. */
  readonly valueNow: ValueNow = (set, key) => this.#kernel.get(set)?.get(key);

  /** Replaces all that `owner` wants. */
  set(owner: string, elements: readonly Element[]): void {
    const kept = new Set(elements.map(({ set, key }) => `${set} ${key}`));
    for (const { set, key } of this.#owned.get(owner) ?? []) if (!kept.has(`${set} ${key}`)) this.#release(owner, set, key);
    for (const { set, key, value = '' } of elements) this.#claim(set, key, { owner, value });
    if (elements.length > 0) this.#owned.set(owner, elements);
    else this.#owned.delete(owner);
  }

  /** What has to change, and takes it for done: if the kernel refuses, tell with `reset` what it holds. */
  take(): readonly ElementChange[] {
    const changes: ElementChange[] = [];
    for (const [set, keys] of this.#touched) {
      const held = this.#kernel.get(set) ?? new Map<string, string>();
      for (const key of keys) {
        const [prev, next] = [held.get(key), this.#claims.get(set)?.get(key)?.[0]?.value];
        if (prev === next) continue;
        changes.push({ set, key, ...(prev !== undefined && { prev }), ...(next !== undefined && { next }) });
        if (next === undefined) held.delete(key);
        else held.set(key, next);
      }
      this.#kernel.set(set, held);
    }
    this.#touched.clear();
    return changes;
  }

  /** Starts from what the kernel holds indeed; the next `take` has every difference. */
  reset(kernel: Contents): void {
    this.#kernel = copy(kernel);
    for (const [set, entries] of this.#kernel) for (const key of entries.keys()) this.#touch(set, key);
    for (const [set, entries] of this.#claims) for (const key of entries.keys()) this.#touch(set, key);
  }

  #claim(set: SetName, key: string, claim: Claim): void {
    const keys = this.#claims.get(set) ?? new Map<string, readonly Claim[]>();
    this.#claims.set(set, keys);
    const claims = keys.get(key) ?? [];
    const at = claims.findIndex(({ owner }) => owner === claim.owner);
    if (claims[at]?.value === claim.value) return;
    keys.set(key, at < 0 ? [...claims, claim] : claims.with(at, claim));
    this.#touch(set, key);
  }

  #release(owner: string, set: SetName, key: string): void {
    const keys = this.#claims.get(set);
    const left = keys?.get(key)?.filter(claim => claim.owner !== owner) ?? [];
    if (left.length > 0) keys?.set(key, left);
    else keys?.delete(key);
    this.#touch(set, key);
  }

  #touch(set: SetName, key: string): void {
    const keys = this.#touched.get(set);
    if (keys) keys.add(key);
    else this.#touched.set(set, new Set([key]));
  }
}

const copy = (contents: Contents): Map<SetName, Map<string, string>> =>
  new Map([...contents].map(([set, entries]) => [set, new Map(entries)]));
