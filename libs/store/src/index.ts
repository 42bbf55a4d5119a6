export { prefixEnd } from './store.ts';
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
