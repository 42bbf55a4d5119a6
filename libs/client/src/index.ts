export type { CallOptions, Client, DeleteOptions, ListOptions, ListResult, ObjectRef, PatchType, ResourceClient, WatchEvent, WatchOptions } from './client.ts';
export type { Change, Informer } from './informer.ts';
