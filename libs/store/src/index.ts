export { prefixEnd } from './store.ts';
export type { Compare, KeyValue, ObjectWrite, RangeRequest, RangeResult, Store, StoreEvent, Transaction, TransactionResult, WatchBatch } from './store.ts';
