import type { ApiObject, Key } from '@steersman/types';

/** `prev` is absent on add, `next` on delete. Objects are shared: copy before changing. */
export interface Change<T> {
  readonly prev?: T;
  readonly next?: T;
  /** W3C trace context of the write behind the change, when it had one. */
  readonly traceparent?: string;
}

/** A read-only, always-current view of one kind (or of a selection of it), kept by list and watch. */
export interface Informer<T extends ApiObject> {
  get(key: Key): T | undefined;
  list(namespace?: string): readonly T[];
  /** Objects by a named index, such as pods by node. */
  by(index: string, value: string): readonly T[];
  /** Resolves once the first full state has been delivered. */
  synced(signal: AbortSignal): Promise<void>;
  /** The listener is first called for what is there already. */
  subscribe(listener: (change: Change<T>) => void): Disposable;
}
