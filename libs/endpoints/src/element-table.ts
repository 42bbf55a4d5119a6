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

/** One record per element, as there are very many. */
interface Entry {
  readonly set: SetName;
  readonly key: string;
  /** What the kernel holds. */
  held: string | undefined;
  /** The first wins. */
  claims: readonly Claim[];
}

/**
 * Whose entries are in the kernel. Of two owners that want the same entry the first has it, and the other gets it when the
 * first lets go: so a Service cannot take another's address away.
 */
export class ElementTable {
  readonly #entries = new Map<SetName, Map<string, Entry>>();
  readonly #owned = new Map<string, readonly Entry[]>();
  /** Entries that may differ from the kernel's. */
  readonly #touched = new Set<Entry>();

  constructor(kernel: Contents = new Map()) {
    this.reset(kernel);
  }

  /** What the kernel holds or will hold after the next transaction. */
  readonly valueNow: ValueNow = (set, key) => this.#entries.get(set)?.get(key)?.held;

  /** Replaces all that `owner` wants. */
  set(owner: string, elements: readonly Element[]): void {
    const wanted = elements.map(({ set, key }) => this.#entry(set, key));
    const kept = new Set(wanted);
    for (const entry of this.#owned.get(owner) ?? []) if (!kept.has(entry)) this.#release(owner, entry);
    for (const [at, entry] of wanted.entries()) this.#claim(entry, { owner, value: elements[at]?.value ?? '' });
    if (wanted.length > 0) this.#owned.set(owner, [...kept]);
    else this.#owned.delete(owner);
  }

  /** What has to change, and takes it for done: if the kernel refuses, tell with `reset` what it holds. */
  take(): readonly ElementChange[] {
    const changes: ElementChange[] = [];
    for (const entry of this.#touched) {
      const { set, key, held: prev, claims } = entry;
      const next = claims[0]?.value;
      if (prev !== next) changes.push({ set, key, ...(prev !== undefined && { prev }), ...(next !== undefined && { next }) });
      entry.held = next;
      if (next === undefined) this.#entries.get(set)?.delete(key);
    }
    this.#touched.clear();
    return changes;
  }

  /** Starts from what the kernel holds indeed; the next `take` has every difference. */
  reset(kernel: Contents): void {
    for (const entries of this.#entries.values()) {
      for (const entry of entries.values()) {
        entry.held = undefined;
        this.#touched.add(entry);
      }
    }
    for (const [set, held] of kernel) {
      for (const [key, value] of held) {
        const entry = this.#entry(set, key);
        entry.held = value;
        this.#touched.add(entry);
      }
    }
  }

  #entry(set: SetName, key: string): Entry {
    const entries = this.#entries.get(set) ?? new Map<string, Entry>();
    this.#entries.set(set, entries);
    const found = entries.get(key);
    if (found) return found;
    const made: Entry = { set, key, held: undefined, claims: [] };
    entries.set(key, made);
    return made;
  }

  #claim(entry: Entry, claim: Claim): void {
    const at = entry.claims.findIndex(({ owner }) => owner === claim.owner);
    if (entry.claims[at]?.value === claim.value) return;
    entry.claims = at < 0 ? [...entry.claims, claim] : entry.claims.with(at, claim);
    this.#touched.add(entry);
  }

  #release(owner: string, entry: Entry): void {
    entry.claims = entry.claims.filter(claim => claim.owner !== owner);
    this.#touched.add(entry);
  }
}
