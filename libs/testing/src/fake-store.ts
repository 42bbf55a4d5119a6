import type { WatchEvent, WatchOptions } from '@steersman/client';
import { parseFieldSelector, parseLabelSelector } from '@steersman/labels';
import { StatusError } from '@steersman/status';
import { type ApiObject, groupVersion, type Key, keyOf, type Kind } from '@steersman/types';

interface Stored {
  readonly kind: Kind;
  readonly object: ApiObject;
}

interface LogEntry {
  readonly revision: number;
  readonly path: string;
  readonly prev: Stored | undefined;
  readonly next: Stored | undefined;
  readonly traceparent: string | undefined;
}

export type Selection = Pick<WatchOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/** Objects of all kinds under one revision counter, with the history watches resume from. */
export class FakeStore {
  readonly #objects = new Map<string, Map<Key, Stored>>();
  readonly #readers = new Set<() => void>();
  #log: LogEntry[] = [];
  #compacted = 0;
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  /** History up to now is gone: watches from before fail with Expired. */
  compact(): void {
    this.#compacted = this.#revision;
    this.#log = [];
  }

  get<T extends ApiObject>(kind: Kind<T>, key: Key): T | undefined {
    return this.#bucket(kind).get(key)?.object as T | undefined;
  }

  select<T extends ApiObject>(kind: Kind<T>, selection: Selection): readonly T[] {
    const matches = matcher(kind, selection);
    const found = [...this.#bucket(kind).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { object }]) => object as T);
    return found.filter(matches);
  }

  /** Stores `object` under the next revision, which becomes its resourceVersion. */
  put<T extends ApiObject>(kind: Kind<T>, object: T, traceparent: string | undefined): T {
    const key = keyOf(object);
    const bucket = this.#bucket(kind);
    const prev = bucket.get(key);
    const next = { kind, object: this.#stamp(object) };
    bucket.set(key, next);
    this.#append(kind, { prev, next, traceparent });
    return next.object;
  }

  /** The last version, under the revision of the delete. */
  remove<T extends ApiObject>(kind: Kind<T>, key: Key, traceparent: string | undefined): void {
    const bucket = this.#bucket(kind);
    const prev = bucket.get(key);
    if (!prev) return;
    bucket.delete(key);
    this.#append(kind, { prev: { kind, object: this.#stamp(prev.object) }, next: undefined, traceparent });
  }

  async *watch<T extends ApiObject>(kind: Kind<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const { signal, resourceVersion, sendInitialEvents } = options;
    const path = pathOf(kind);
    const matches = matcher(kind, options);
    let seen = resourceVersion === undefined || sendInitialEvents ? this.#revision : Number(resourceVersion);
    if (resourceVersion === undefined || sendInitialEvents) {
      for (const object of this.select(kind, options)) yield { type: 'ADDED', object, traceparent: undefined };
      if (sendInitialEvents) yield { type: 'BOOKMARK', resourceVersion: String(seen), initialEventsEnd: true };
    }
    while (!signal.aborted) {
      if (seen < this.#compacted) throw new StatusError('Expired', `too old resource version: ${seen} (${this.#compacted})`);
      const entries = this.#log.filter(entry => entry.revision > seen);
      if (entries.length === 0) await this.#next(signal);
      for (const entry of entries) {
        seen = entry.revision;
        const event = entry.path === path ? eventOf<T>(entry, matches) : undefined;
        if (event && !signal.aborted) yield event;
      }
    }
  }

  #stamp<T extends ApiObject>(object: T): T {
    return deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision + 1) } });
  }

  #append(kind: Kind, change: Omit<LogEntry, 'revision' | 'path'>): void {
    this.#revision++;
    this.#log.push({ revision: this.#revision, path: pathOf(kind), ...change });
    for (const wake of [...this.#readers]) wake();
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        this.#readers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#readers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #bucket(kind: Kind): Map<Key, Stored> {
    const path = pathOf(kind);
    const found = this.#objects.get(path) ?? new Map<Key, Stored>();
    this.#objects.set(path, found);
    return found;
  }
}

const pathOf = (kind: Kind): string => `${groupVersion(kind)}/${kind.plural}`;

/** What a watcher of a selection sees: objects enter and leave it as they change. */
function eventOf<T extends ApiObject>({ prev, next, traceparent }: LogEntry, matches: (object: T) => boolean): WatchEvent<T> | undefined {
  const [before, after] = [prev?.object as T | undefined, next?.object as T | undefined];
  const was = before !== undefined && matches(before);
  if (after !== undefined && matches(after)) return { type: was ? 'MODIFIED' : 'ADDED', object: after, traceparent };
  if (!was) return undefined;
  const resourceVersion = (after ?? before).metadata.resourceVersion;
  return { type: 'DELETED', object: { ...before, metadata: { ...before.metadata, resourceVersion } }, traceparent };
}

function matcher<T extends ApiObject>(kind: Kind<T>, { namespace, labelSelector, fieldSelector }: Selection): (object: T) => boolean {
  const labels = parseLabelSelector(labelSelector ?? '');
  const { equals, notEquals } = parseFieldSelector(fieldSelector ?? '');
  return object =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    labels.matches(object.metadata.labels ?? {}) &&
    Object.entries(equals).every(([field, value]) => fieldOf(kind, object, field) === value) &&
    notEquals.every(([field, value]) => fieldOf(kind, object, field) !== value);
}

function fieldOf<T extends ApiObject>(kind: Kind<T>, object: T, field: string): string {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  const read = kind.selectableFields?.[field];
  if (!read) throw new StatusError('BadRequest', `field label not supported: ${field}`);
  return read(object);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
