export type {
  CallOptions,
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  ObjectRef,
  PatchType,
  ResourceClient,
  WatchEvent,
  WatchOptions,
} from './client.ts';
export { connectClient } from './connect-client.ts';
export type { ConnectOptions } from './connect-client.ts';
export { createInformer } from './create-informer.ts';
export type { InformerOptions } from './create-informer.ts';
export type { Change, Informer } from './informer.ts';
export type { IndexFunction } from './object-cache.ts';
