import type { StoredObject } from './stored-value.ts';

interface Entry {
  sizeBytes: number;
  readonly made: Map<string, Buffer>;
}

/**
 * What is made of a stored object besides its body (a Table row, PartialObjectMetadata, protobuf, a watch frame): once per
 * revision, shared by all readers, bounded in bytes. The only place where reading may parse.
 */
export class Variants {
  readonly #generationBytes: number;
  /** Two generations: what was asked for since the last turn, and what was not. Dropping the old one is the whole eviction. */
  #young = new Map<StoredObject, Entry>();
  #old = new Map<StoredObject, Entry>();
  #youngBytes = 0;

  constructor(maxBytes: number) {
    this.#generationBytes = maxBytes / 2;
  }

  get(object: StoredObject, name: string, make: (object: StoredObject) => Buffer): Buffer {
    const entry = this.#entry(object);
    const found = entry.made.get(name);
    if (found) return found;
    const made = make(object);
    entry.made.set(name, made);
    entry.sizeBytes += made.length;
    this.#grow(made.length);
    return made;
  }

  #entry(object: StoredObject): Entry {
    const young = this.#young.get(object);
    if (young) return young;
    const entry = this.#old.get(object) ?? { sizeBytes: object.sizeBytes, made: new Map<string, Buffer>() };
    this.#old.delete(object);
    this.#young.set(object, entry);
    this.#grow(entry.sizeBytes);
    return entry;
  }

  #grow(bytes: number): void {
    this.#youngBytes += bytes;
    if (this.#youngBytes <= this.#generationBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}
