import type { KeyValue, StoreEvent, Transaction, TransactionResult } from '../store.ts';
import { isInternal } from '../store.ts';
import { encodeRow, type IndexEntry } from './rows.ts';
import type { Changes, Tables } from './tables.ts';

export interface Plan {
  readonly changes: Changes;
  readonly events: readonly StoreEvent[];
  /** In the order of the transactions. */
  readonly results: readonly TransactionResult[];
}

/** Where a key stands for the next transaction of a group. `mod` is also known of deleted keys. */
interface State {
  readonly kv: KeyValue | undefined;
  readonly mod: number;
}

/** Works a group of transactions out, one after the other: each sees what those before it will have written. */
export function planGroup(tables: Tables, transactions: readonly Transaction[]): Plan {
  const group = new Group(tables);
  const results = transactions.map(transaction => group.add(transaction));
  return { results, events: group.events, changes: group };
}

class Group implements Changes {
  readonly log: { readonly revision: number; readonly bytes: Buffer }[] = [];
  readonly index = new Map<string, IndexEntry>();
  readonly internal = new Map<string, KeyValue | undefined>();
  readonly events: StoreEvent[] = [];
  head: number;
  readonly #tables: Tables;
  readonly #states = new Map<string, State>();

  constructor(tables: Tables) {
    this.#tables = tables;
    this.head = tables.head;
  }

  add({ compares, write, internal = [] }: Transaction): TransactionResult {
    if (compares.some(({ key, modRevision }) => (this.#state(key).kv?.modRevision ?? 0) !== modRevision)) {
      return { committed: false, revision: this.head, current: compares.map(({ key }) => this.#state(key).kv) };
    }
    const before = write && this.#state(write.key);
    const writes = write && (write.type === 'put' || before?.kv);
    if (!writes && internal.length === 0) return { committed: true, revision: this.head, previous: undefined };

    const revision = ++this.head;
    if (write?.type === 'put' && before) this.#put(write.key, write.value, before);
    if (write?.type === 'delete' && before?.kv) this.#delete(before.kv);
    for (const { key, value } of internal) this.#setInternal(key, value);
    return { committed: true, revision, previous: before?.kv };
  }

  #put(key: string, value: Buffer, { kv: previous, mod }: State): void {
    const entry = { mod: this.head, create: previous?.createRevision ?? this.head, version: (previous?.version ?? 0) + 1 };
    const bytes = encodeRow({ key, value, previous: mod, create: entry.create, version: entry.version });
    // The stored copy, so that nothing the caller does to its buffer can reach a watcher.
    const kv = {
      key,
      value: bytes.subarray(bytes.length - value.length),
      createRevision: entry.create,
      modRevision: entry.mod,
      version: entry.version,
    };
    this.#record(key, entry, bytes, kv);
    this.events.push({ type: 'put', kv, previous });
  }

  #delete(previous: KeyValue): void {
    const { key, modRevision } = previous;
    const entry = { mod: this.head, create: previous.createRevision, version: 0 };
    this.#record(key, entry, encodeRow({ key, value: undefined, previous: modRevision, create: entry.create, version: 0 }), undefined);
    this.events.push({ type: 'delete', key, revision: this.head, previous });
  }

  #record(key: string, entry: IndexEntry, bytes: Buffer, kv: KeyValue | undefined): void {
    this.log.push({ revision: this.head, bytes });
    this.index.set(key, entry);
    this.#states.set(key, { kv, mod: this.head });
  }

  #setInternal(key: string, value: Buffer | undefined): void {
    const previous = this.#state(key).kv;
    const kv = value && {
      key,
      value: Buffer.from(value),
      createRevision: previous?.createRevision ?? this.head,
      modRevision: this.head,
      version: (previous?.version ?? 0) + 1,
    };
    this.internal.set(key, kv);
    this.#states.set(key, { kv, mod: this.head });
  }

  #state(key: string): State {
    const known = this.#states.get(key);
    if (known) return known;
    const state = isInternal(key) ? { kv: this.#tables.internal(key), mod: 0 } : this.#objectState(key);
    this.#states.set(key, state);
    return state;
  }

  #objectState(key: string): State {
    const entry = this.#tables.entry(key);
    if (!entry) return { kv: undefined, mod: 0 };
    return { kv: entry.version === 0 ? undefined : this.#tables.keyValue(key, entry.mod), mod: entry.mod };
  }
}
