export { checkTransaction, INTERNAL_PREFIX, LIMITS, prefixEnd } from './store.ts';
export { LmdbStore } from './lmdb/lmdb-store.ts';
export { openLmdbStore } from './lmdb/open-lmdb-store.ts';
export type { LmdbStoreOptions } from './lmdb/open-lmdb-store.ts';
export type {
  Compare,
  KeyValue,
  ObjectWrite,
  RangeRequest,
  RangeResult,
  Store,
  StoreEvent,
  Transaction,
  TransactionResult,
  WatchBatch,
} from './store.ts';
export { decodeValue, encodeValue, StoredObject } from './stored-value.ts';
export type { ValueInput } from './stored-value.ts';
export { Variants } from './variants.ts';
export type {
  CacheEvent,
  ListPage,
  ListRequest,
  ResourceCache,
  Selection,
  WatchCache,
  Watcher,
  WatcherEnd,
  WatchRequest,
} from './watch-types.ts';
export { createWatchCache } from './cache/store-watch-cache.ts';
export type { WatchCacheOptions } from './cache/store-watch-cache.ts';
export { runCompaction } from './compaction.ts';
