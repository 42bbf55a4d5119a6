import { addAbortListener } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StatusError } from '@steersman/status';
import {
  checkTransaction,
  isInternal,
  type KeyValue,
  type RangeRequest,
  type RangeResult,
  type Store,
  type StoreEvent,
  type Transaction,
  type TransactionResult,
  type WatchBatch,
} from '../store.ts';
import { planGroup } from './plan.ts';
import { keyOfEvent, Recent } from './recent.ts';
import type { Reserve } from './reserve.ts';
import { rowToKeyValue } from './rows.ts';
import type { Tables } from './tables.ts';

/** Transactions that share a commit, at most: bounds how long a failed or slow commit holds others up. */
const GROUP_TRANSACTIONS = 2_000;
const GROUP_BYTES = 32 * 1024 * 1024;
/** What a read or a sweep does before it lets others run. */
const TURN_ROWS = 1_000;
const TURN_BYTES = 4 * 1024 * 1024;
const RECENT_BYTES = 16 * 1024 * 1024;

interface Waiting {
  readonly transaction: Transaction;
  readonly resolve: (result: TransactionResult) => void;
  readonly reject: (err: unknown) => void;
}

export interface LmdbStoreParts {
  readonly tables: Tables;
  readonly reserve: Reserve;
  /** Runs after the tables are closed. */
  readonly release: () => Promise<void>;
}

/**
 * A store in one LMDB file. All writes of a turn share one commit and one sync, each under a revision of its own; they
 * are answered, read and watched when that sync is done. Made by `openLmdbStore`.
 */
export class LmdbStore implements Store {
  readonly #tables: Tables;
  readonly #reserve: Reserve;
  readonly #release: () => Promise<void>;
  readonly #recent = new Recent(RECENT_BYTES);
  readonly #wakers = new Set<() => void>();
  #waiting: Waiting[] = [];
  /** Work that must not overlap a commit. */
  #chores: (() => Promise<void>)[] = [];
  #writing: Promise<void> | undefined;
  #head: number;
  #closed = false;

  constructor({ tables, reserve, release }: LmdbStoreParts) {
    this.#tables = tables;
    this.#reserve = reserve;
    this.#release = release;
    this.#head = tables.head;
  }

  async transact(transaction: Transaction): Promise<TransactionResult> {
    checkTransaction(transaction);
    this.#checkOpen();
    const { promise, resolve, reject } = Promise.withResolvers<TransactionResult>();
    this.#waiting.push({ transaction, resolve, reject });
    this.#writing ??= this.#writeAll();
    return promise;
  }

  async get(key: string): Promise<KeyValue | undefined> {
    this.#checkOpen();
    if (isInternal(key)) return this.#tables.internal(key);
    const entry = this.#tables.entry(key);
    return entry && entry.version > 0 ? this.#tables.keyValue(key, entry.mod) : undefined;
  }

  async range(request: RangeRequest): Promise<RangeResult> {
    this.#checkOpen();
    if (isInternal(request.start)) return this.#internalRange(request);
    const { end, limit = Infinity } = request;
    const revision = request.revision ?? this.#tables.head;
    if (revision > this.#tables.head)
      throw new StatusError('BadRequest', `revision ${revision} is in the future: the newest is ${this.#tables.head}`);
    const kvs: KeyValue[] = [];
    let start: Buffer = Buffer.from(request.start);
    for (;;) {
      const next = this.#readTurn({ start, end: Buffer.from(end), revision, limit: limit + 1 }, kvs);
      if (!next) break;
      start = next;
      await nextTurn();
      this.#checkOpen();
    }
    return { revision, kvs: kvs.length > limit ? kvs.slice(0, limit) : kvs, more: kvs.length > limit };
  }

  async *watch(
    range: { readonly start: string; readonly end: string; readonly afterRevision: number },
    signal: AbortSignal,
  ): AsyncGenerator<WatchBatch> {
    let after = range.afterRevision;
    let wake: () => void = () => {};
    const waker = () => wake();
    this.#wakers.add(waker);
    using _ = addAbortListener(signal, waker);
    try {
      while (!signal.aborted) {
        this.#checkOpen();
        if (after < this.#tables.compacted) throw compactedError(after, this.#tables.compacted);
        if (after >= this.#head) {
          await new Promise<void>(resolve => (wake = resolve));
          continue;
        }
        const batch = this.#recent.after(after) ?? this.#readLog(after);
        after = batch.revision;
        yield within(batch, range.start, range.end);
      }
    } finally {
      this.#wakers.delete(waker);
    }
  }

  /** What has been published is durable, and all that was acknowledged has been published. */
  async revision(): Promise<number> {
    this.#checkOpen();
    return this.#head;
  }

  async oldest(): Promise<number> {
    this.#checkOpen();
    return this.#tables.compacted;
  }

  /** Readers of older revisions get Expired at once; the space is freed step by step between other writes. */
  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    if (revision > this.#tables.head)
      throw new StatusError('BadRequest', `cannot compact to revision ${revision}: the newest is ${this.#tables.head}`);
    await this.#chore(async () => {
      if (revision > this.#tables.compacted) await this.#tables.setCompacted(revision);
    });
    while (this.#tables.swept < this.#tables.compacted) await this.#chore(() => this.#sweepTurn());
    await this.#reserve.restore();
  }

  /**
   * Goes on at `revision`, with all history before it forgotten: after a backup was restored, clients may have seen newer
   * revisions than the backup holds, and none may ever mean something else. Does nothing when the store is there already.
   */
  async raise(revision: number): Promise<void> {
    this.#checkOpen();
    await this.#chore(async () => {
      if (revision <= this.#head) return;
      await this.#tables.raise(revision);
      this.#publish(revision, []);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const wake of this.#wakers) wake();
    await this.#writing;
    await this.#reserve.settled();
    await this.#tables.close();
    await this.#release();
  }

  #checkOpen(): void {
    if (this.#closed) throw new StatusError('ServiceUnavailable', 'store is closed');
  }

  async #writeAll(): Promise<void> {
    // What the rest of this turn brings joins the first group.
    await nextTurn();
    while (this.#waiting.length > 0 || this.#chores.length > 0) {
      const group = this.#nextGroup();
      if (group.length > 0) await this.#commit(group);
      await this.#chores.shift()?.();
    }
    this.#writing = undefined;
  }

  #nextGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { transaction } of this.#waiting) {
      bytes += transaction.write?.type === 'put' ? transaction.write.value.length : 0;
      if (count === GROUP_TRANSACTIONS || (count > 0 && bytes > GROUP_BYTES)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    let accepted = group;
    try {
      if (this.#reserve.spent) accepted = await this.#refuseGrowth(group);
      const { changes, events, results } = planGroup(
        this.#tables,
        accepted.map(({ transaction }) => transaction),
      );
      if (changes.head > this.#head) await this.#tables.write(changes);
      this.#publish(changes.head, events);
      accepted.forEach(({ resolve }, at) => resolve(results[at] as TransactionResult));
    } catch (err) {
      if (await this.#reserve.spend(err)) return this.#commit(accepted);
      for (const { reject } of accepted) reject(err);
    }
  }

  /** On a full disk only what frees space goes on. */
  async #refuseGrowth(group: readonly Waiting[]): Promise<readonly Waiting[]> {
    if (await this.#reserve.restore()) return group;
    const grows = ({ write, internal = [] }: Transaction): boolean =>
      write?.type === 'put' || (!write && internal.some(({ value }) => value));
    for (const { transaction, reject } of group) if (grows(transaction)) reject(this.#reserve.fullError());
    return group.filter(({ transaction }) => !grows(transaction));
  }

  #publish(head: number, events: readonly StoreEvent[]): void {
    if (head === this.#head) return;
    this.#recent.push(this.#head, { revision: head, events });
    this.#head = head;
    for (const wake of this.#wakers) wake();
  }

  async #chore(work: () => Promise<void>): Promise<void> {
    this.#checkOpen();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#chores.push(() => work().then(resolve, reject));
    this.#writing ??= this.#writeAll();
    await promise;
  }

  /** Adds what one turn may read; where to go on, or undefined at the end. */
  #readTurn(
    { start, end, revision, limit }: { start: Buffer; end: Buffer; revision: number; limit: number },
    kvs: KeyValue[],
  ): Buffer | undefined {
    if (revision < this.#tables.compacted) throw compactedError(revision, this.#tables.compacted);
    let rows = 0;
    let bytes = 0;
    for (const { key, keyBytes, entry } of this.#tables.entries(start, end)) {
      if (kvs.length >= limit) return undefined;
      if (rows++ === TURN_ROWS || bytes > TURN_BYTES) return keyBytes;
      const kv =
        entry.mod > revision ? this.#versionAt(entry.mod, revision) : entry.version > 0 ? this.#tables.keyValue(key, entry.mod) : undefined;
      if (!kv) continue;
      kvs.push(kv);
      bytes += kv.value.length;
    }
    return undefined;
  }

  /** The version a key had at `revision`, which is not compacted; a link to a version that is no longer kept leads to none. */
  #versionAt(mod: number, revision: number): KeyValue | undefined {
    let row = this.#tables.row(mod);
    while (row && row.mod > revision) row = row.previous > 0 ? this.#tables.row(row.previous) : undefined;
    return row && rowToKeyValue(row);
  }

  #internalRange({ start, end, limit = Infinity }: RangeRequest): RangeResult {
    const all = [...this.#tables.internals(Buffer.from(start), Buffer.from(end))];
    return { revision: this.#tables.head, kvs: limit < all.length ? all.slice(0, limit) : all, more: all.length > limit };
  }

  #readLog(after: number): WatchBatch {
    const events: StoreEvent[] = [];
    let bytes = 0;
    for (const row of this.#tables.rows(after + 1, this.#head)) {
      const kv = rowToKeyValue(row);
      const before = row.previous > 0 ? this.#tables.row(row.previous) : undefined;
      const previous = before && rowToKeyValue(before);
      if (kv) events.push({ type: 'put', kv, previous });
      else if (previous) events.push({ type: 'delete', key: row.key, revision: row.mod, previous });
      bytes += kv?.value.length ?? 0;
      if (events.length >= TURN_ROWS || bytes > TURN_BYTES) return { revision: row.mod, events };
    }
    return { revision: this.#head, events };
  }

  /** Removes versions that were replaced, and deletes, from `swept` on towards `compacted`. */
  async #sweepTurn(): Promise<void> {
    const { swept, compacted } = this.#tables;
    const log: number[] = [];
    const index: string[] = [];
    let reached = compacted;
    let freed = 0;
    for (const row of this.#tables.rows(swept + 1, compacted)) {
      if (row.previous > 0) log.push(row.previous);
      if (!row.value) {
        log.push(row.mod);
        if (this.#tables.entry(row.key)?.mod === row.mod) index.push(row.key);
      }
      freed += row.value?.length ?? 0;
      if (log.length >= TURN_ROWS || freed > TURN_BYTES) {
        reached = row.mod;
        break;
      }
    }
    await this.#tables.sweep({ log, index, swept: reached });
    this.#reserve.freed(freed);
  }
}

const compactedError = (revision: number, compacted: number): StatusError =>
  new StatusError('Expired', `required revision ${revision} has been compacted: the oldest is ${compacted}`);

function within(batch: WatchBatch, start: string, end: string): WatchBatch {
  const inside = (event: StoreEvent): boolean => {
    const key = keyOfEvent(event);
    return key >= start && key < end;
  };
  return batch.events.every(inside) ? batch : { revision: batch.revision, events: batch.events.filter(inside) };
}
