import { StatusError } from '@steersman/status';

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
  { readonly type: 'put'; readonly key: string; readonly value: Buffer } | { readonly type: 'delete'; readonly key: string };

/** Keys of internal entries start with this, all others are objects. A range lies within one of the two. */
export const INTERNAL_PREFIX = '/steersman/';

/**
 * All compares must hold, or nothing is written. At most one object is written: each object write has a revision of
 * its own. `internal` entries (fences, allocators) ride along under the same revision and are never watched; no history
 * is kept of them. Deleting what is not there changes nothing and takes no revision.
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
  watch(
    range: { readonly start: string; readonly end: string; readonly afterRevision: number },
    signal: AbortSignal,
  ): AsyncIterable<WatchBatch>;
  /** The newest durable revision, linearizable. */
  revision(): Promise<number>;
  /** The oldest revision that reads and watches may ask for. */
  oldest(): Promise<number>;
  /** Forgets versions that were replaced at or before `revision`; reads and watches from before it get Expired. */
  compact(revision: number): Promise<void>;
}

/** The first key that does not start with `prefix`. */
export const prefixEnd = (prefix: string): string =>
  `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;

/** The same for every store, so that data can move between them. */
export const LIMITS = {
  keyBytes: 1900,
  /** 1.5 MiB. */
  valueBytes: 1_572_864,
  /** Compares and writes of a transaction. */
  operations: 128,
} as const;

/** Throws for what no store takes. */
export function checkTransaction({ compares, write, internal = [] }: Transaction): void {
  if (compares.length + internal.length + (write ? 1 : 0) > LIMITS.operations) {
    throw new StatusError(
      'BadRequest',
      `transaction has ${compares.length + internal.length + (write ? 1 : 0)} operations, the limit is ${LIMITS.operations}`,
    );
  }
  for (const { key } of compares) checkKey(key);
  for (const { key, value } of internal) {
    checkKey(key);
    checkValue(value);
    if (!isInternal(key)) throw new StatusError('BadRequest', `internal key ${key} must start with ${INTERNAL_PREFIX}`);
  }
  if (!write) return;
  checkKey(write.key);
  if (isInternal(write.key)) throw new StatusError('BadRequest', `object key ${write.key} must not start with ${INTERNAL_PREFIX}`);
  if (write.type === 'put') checkValue(write.value);
}

export const isInternal = (key: string): boolean => key.startsWith(INTERNAL_PREFIX);

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > LIMITS.keyBytes) {
    throw new StatusError('BadRequest', `key ${key.slice(0, 100)} has ${bytes} bytes, it must have 1 to ${LIMITS.keyBytes}`);
  }
}

function checkValue(value: Buffer | undefined): void {
  if (value && value.length > LIMITS.valueBytes) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `Request entity too large: object has ${value.length} bytes, the limit is ${LIMITS.valueBytes}`,
    );
  }
}
