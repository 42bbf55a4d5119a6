/** One version of a key. Revisions are numbers below 2^53 that only grow across all keys. */
export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** 1 after a create, one more after each change. */
  readonly version: number;
}

/** Holds when the key was last changed at exactly this revision; 0 means the key must not exist. */
export interface Compare {
  readonly key: string;
  readonly modRevision: number;
}

export type ObjectWrite =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'delete'; readonly key: string };

/**
 * All compares must hold, or nothing is written. At most one object is written: each object write has a revision of
 * its own. `internal` entries (fences, allocators) ride along under the same revision and are never watched.
 */
export interface Transaction {
  readonly compares: readonly Compare[];
  readonly write?: ObjectWrite;
  readonly internal?: readonly { readonly key: string; readonly value: Buffer | undefined }[];
}

export type TransactionResult =
  /** Durable when the promise resolves. `previous` is the version the write replaced. */
  | { readonly committed: true; readonly revision: number; readonly previous: KeyValue | undefined }
  /** `current` holds what each compared key is now, in the order of the compares. */
  | { readonly committed: false; readonly revision: number; readonly current: readonly (KeyValue | undefined)[] };

export interface RangeRequest {
  /** Inclusive. */
  readonly start: string;
  /** Exclusive. */
  readonly end: string;
  /** Reads as of this revision; the newest durable one unless told. Throws StatusError Expired when it is compacted. */
  readonly revision?: number;
  readonly limit?: number;
}

export interface RangeResult {
  /** The revision the answer is true at. */
  readonly revision: number;
  /** In ascending byte order of the keys. */
  readonly kvs: readonly KeyValue[];
  /** True when `limit` cut the answer short. */
  readonly more: boolean;
}

export type StoreEvent =
  | { readonly type: 'put'; readonly kv: KeyValue; readonly previous: KeyValue | undefined }
  | { readonly type: 'delete'; readonly key: string; readonly revision: number; readonly previous: KeyValue };

/** All events up to and including `revision` have been delivered once this batch is; it may be empty (progress). */
export interface WatchBatch {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
}

/** Ordered keys with etcd's semantics. Arguments are plain data, so that a store can live in another process. */
export interface Store extends AsyncDisposable {
  transact(transaction: Transaction): Promise<TransactionResult>;
  /** A linearizable read: what any acknowledged write left is seen. */
  get(key: string): Promise<KeyValue | undefined>;
  range(request: RangeRequest): Promise<RangeResult>;
  /**
   * Every change in [start, end) after `afterRevision`, each once, in revision order, durable ones only. Ends when
   * `signal` aborts; throws StatusError Expired when `afterRevision` is compacted, and when the reader falls too far behind.
   */
  watch(range: { readonly start: string; readonly end: string; readonly afterRevision: number }, signal: AbortSignal): AsyncIterable<WatchBatch>;
  /** The newest durable revision, linearizable. */
  revision(): Promise<number>;
  /** Forgets versions that were replaced at or before `revision`; reads and watches from before it get Expired. */
  compact(revision: number): Promise<void>;
}

/** The first key that does not start with `prefix`. */
export const prefixEnd = (prefix: string): string => `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
