import type { StoredObject } from '../stored-value.ts';
import type { CacheEvent } from '../watch-types.ts';

/** Roughly what a change takes besides the bytes of its object. */
const OVERHEAD_BYTES = 300;

/** One change of one object, with the events it can be for a watcher: each made at most once and shared by all of them. */
export class Change {
  readonly revision: number;
  /** Undefined when it was deleted. */
  readonly object: StoredObject | undefined;
  readonly previous: StoredObject | undefined;
  readonly sizeBytes: number;
  #added: CacheEvent | undefined;
  #modified: CacheEvent | undefined;
  #deleted: CacheEvent | undefined;

  constructor({ revision, object, previous }: Pick<Change, 'revision' | 'object' | 'previous'>) {
    this.revision = revision;
    this.object = object;
    this.previous = previous;
    this.sizeBytes = OVERHEAD_BYTES + ((object ?? previous)?.sizeBytes ?? 0);
  }

  /** What this change is for a watcher that selects the object `before` and `after` it. */
  eventFor({ before, after }: { readonly before: boolean; readonly after: boolean }): CacheEvent | undefined {
    const { revision, object, previous } = this;
    if (after && object) {
      return before
        ? (this.#modified ??= { type: 'MODIFIED', revision, object, previous })
        : (this.#added ??= { type: 'ADDED', revision, object, previous });
    }
    if (!before || !previous) return undefined;
    // The last version it saw, under the revision of the change that took it away.
    return (this.#deleted ??= { type: 'DELETED', revision, object: previous.withResourceVersion(revision), previous });
  }
}
