import type { ApiObject, Kind, New } from '@steersman/types';

export interface ObjectRef {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface CallOptions {
  /** Ends the call; without one the client's own deadline applies. */
  readonly signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  /** '0' is any cached state; absent is the newest. */
  readonly resourceVersion?: string;
}

export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue: string | undefined;
}

export interface DeleteOptions extends CallOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export type PatchType = 'application/json-patch+json' | 'application/merge-patch+json' | 'application/strategic-merge-patch+json';

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T; readonly traceparent: string | undefined }
  /** `initialEventsEnd` closes the initial state of a watch with `sendInitialEvents`. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Events after this version; absent with `sendInitialEvents` starts from the current state. */
  readonly resourceVersion?: string;
  readonly sendInitialEvents?: boolean;
  readonly signal: AbortSignal;
}

/** The API of one kind. Every method throws StatusError with the server's reason. */
export interface ResourceClient<T extends ApiObject> {
  get(ref: ObjectRef, options?: CallOptions): Promise<T>;
  list(options?: ListOptions): Promise<ListResult<T>>;
  create(object: New<T>, options?: CallOptions): Promise<T>;
  /** Carries metadata.resourceVersion: Conflict when the object has changed since. */
  update(object: T, options?: CallOptions & { readonly subresource?: string }): Promise<T>;
  updateStatus(object: T, options?: CallOptions): Promise<T>;
  patch(ref: ObjectRef, patch: unknown, options: CallOptions & { readonly type: PatchType; readonly subresource?: string }): Promise<T>;
  /** The object as it was, or is with its deletionTimestamp; NotFound when it is gone. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  /** POST to a subresource, such as `binding`; what the server answers, a TokenRequest for `token`. */
  post(ref: ObjectRef, subresource: string, body: unknown, options?: CallOptions): Promise<unknown>;
  /**
   * Ends when `signal` aborts, or when the server wants the watch elsewhere: then watch again from the last version seen.
   * Throws Expired when the version is too old, and ServiceUnavailable when the connection is lost.
   */
  watch(options: WatchOptions): AsyncIterable<WatchEvent<T>>;
}

export interface Client extends AsyncDisposable {
  of<T extends ApiObject>(kind: Kind<T>): ResourceClient<T>;
}
