import type { Database, RootDatabase } from 'lmdb';
import { StatusError } from '@steersman/status';
import type { KeyValue } from '../store.ts';
import {
  decodeIndex,
  decodeInternal,
  decodeRow,
  encodeIndex,
  encodeInternal,
  type IndexEntry,
  type LogRow,
  readRevision,
  revisionKey,
} from './rows.ts';

type Table = Database<Buffer, Buffer>;

/** What one LMDB transaction changes. */
export interface Changes {
  readonly log: readonly { readonly revision: number; readonly bytes: Buffer }[];
  readonly index: ReadonlyMap<string, IndexEntry>;
  readonly internal: ReadonlyMap<string, KeyValue | undefined>;
  readonly head: number;
}

export interface Sweep {
  readonly log: readonly number[];
  readonly index: readonly string[];
  readonly swept: number;
}

const META = {
  head: Buffer.from('head'),
  compacted: Buffer.from('compacted'),
  swept: Buffer.from('swept'),
} as const;

const TABLE = { encoding: 'binary', keyEncoding: 'binary' } as const;

/**
 * The store's tables. Reads within one turn of the event loop see one state, and only durable ones: LMDB publishes a
 * commit after its sync. A read holds no transaction beyond the turn.
 */
export class Tables {
  readonly #env: RootDatabase<Buffer, Buffer>;
  readonly #log: Table;
  readonly #index: Table;
  readonly #internal: Table;
  readonly #meta: Table;

  constructor(env: RootDatabase<Buffer, Buffer>) {
    this.#env = env;
    this.#log = env.openDB({ name: 'log', ...TABLE });
    this.#index = env.openDB({ name: 'index', ...TABLE });
    this.#internal = env.openDB({ name: 'internal', ...TABLE });
    this.#meta = env.openDB({ name: 'meta', ...TABLE });
  }

  get head(): number {
    return this.#number(META.head);
  }
  /** Versions replaced at or before this revision are forgotten. */
  get compacted(): number {
    return this.#number(META.compacted);
  }
  /** How far compaction has removed the forgotten versions. */
  get swept(): number {
    return this.#number(META.swept);
  }

  entry(key: string): IndexEntry | undefined {
    const bytes = this.#index.get(Buffer.from(key));
    return bytes && decodeIndex(bytes);
  }

  row(revision: number): LogRow | undefined {
    const bytes = this.#log.get(revisionKey(revision));
    return bytes && decodeRow(revision, bytes);
  }

  /** The version a change left, which must be there. */
  keyValue(key: string, revision: number): KeyValue | undefined {
    const row = this.row(revision);
    if (!row) throw new StatusError('StoreReadError', `store is damaged: revision ${revision} of ${key} is missing; restore a backup`);
    return row.value && { key, value: row.value, createRevision: row.create, modRevision: revision, version: row.version };
  }

  internal(key: string): KeyValue | undefined {
    const bytes = this.#internal.get(Buffer.from(key));
    return bytes && decodeInternal(key, bytes);
  }

  *rows(first: number, last: number): Iterable<LogRow> {
    for (const { key, value } of this.#log.getRange({ start: revisionKey(first), end: revisionKey(last + 1) }))
      yield decodeRow(readRevision(key, 0), value);
  }

  *entries(start: Buffer, end: Buffer): Iterable<{ readonly key: string; readonly keyBytes: Buffer; readonly entry: IndexEntry }> {
    for (const { key, value } of this.#index.getRange({ start, end }))
      yield { key: key.toString(), keyBytes: key, entry: decodeIndex(value) };
  }

  *internals(start: Buffer, end: Buffer): Iterable<KeyValue> {
    for (const { key, value } of this.#internal.getRange({ start, end })) yield decodeInternal(key.toString(), value);
  }

  /** Durable when it resolves; all or nothing. */
  async write({ log, index, internal, head }: Changes): Promise<void> {
    await this.#commit(() => {
      for (const { revision, bytes } of log) this.#log.putSync(revisionKey(revision), bytes, APPEND);
      for (const [key, entry] of index) this.#index.putSync(Buffer.from(key), encodeIndex(entry));
      for (const [key, kv] of internal) {
        if (kv) this.#internal.putSync(Buffer.from(key), encodeInternal(kv));
        else this.#internal.removeSync(Buffer.from(key));
      }
      this.#meta.putSync(META.head, revisionKey(head));
    });
  }

  async raise(revision: number): Promise<void> {
    await this.#commit(() => {
      this.#meta.putSync(META.head, revisionKey(revision));
      this.#meta.putSync(META.compacted, revisionKey(revision));
    });
  }

  async setCompacted(revision: number): Promise<void> {
    await this.#commit(() => {
      this.#meta.putSync(META.compacted, revisionKey(revision));
    });
  }

  async sweep({ log, index, swept }: Sweep): Promise<void> {
    await this.#commit(() => {
      for (const revision of log) this.#log.removeSync(revisionKey(revision));
      for (const key of index) this.#index.removeSync(Buffer.from(key));
      this.#meta.putSync(META.swept, revisionKey(swept));
    });
  }

  async close(): Promise<void> {
    await this.#env.close();
  }

  /** `change` writes with the Sync calls: the others make a promise each, which fails on its own when the commit does. */
  async #commit(change: () => void): Promise<void> {
    try {
      await this.#env.transaction(change);
    } catch (err) {
      // lmdb reports the cause of a failed commit as a promise that rejects with it.
      const cause = await commitError(err);
      throw cause ?? err;
    }
  }

  #number(key: Buffer): number {
    const bytes = this.#meta.get(key);
    return bytes ? readRevision(bytes, 0) : 0;
  }
}

/** New revisions go to the end of the table, so LMDB may fill its pages. */
const APPEND = { append: true } as const;

async function commitError(err: unknown): Promise<unknown> {
  if (!(err instanceof Error) || !('commitError' in err)) return undefined;
  try {
    await err.commitError;
    return undefined;
  } catch (cause) {
    return cause;
  }
}
