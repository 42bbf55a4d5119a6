const CHUNK = 512;

interface Chunk<T> {
  readonly keys: string[];
  readonly values: T[];
}

/** A map in key order: changes move at most one chunk, walks start anywhere. */
export class SortedMap<T> {
  readonly #values = new Map<string, T>();
  readonly #chunks: Chunk<T>[] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    const isNew = !this.#values.has(key);
    this.#values.set(key, value);
    const chunk = this.#chunks[Math.max(0, this.#chunkOf(key))] ?? this.#addFirst();
    const at = lowerBound(chunk.keys, key);
    if (!isNew) {
      chunk.values[at] = value;
      return;
    }
    chunk.keys.splice(at, 0, key);
    chunk.values.splice(at, 0, value);
    if (chunk.keys.length > CHUNK) this.#split(chunk);
  }

  delete(key: string): void {
    if (!this.#values.delete(key)) return;
    const chunkAt = this.#chunkOf(key);
    const chunk = this.#chunks[chunkAt];
    if (!chunk) return;
    const at = lowerBound(chunk.keys, key);
    chunk.keys.splice(at, 1);
    chunk.values.splice(at, 1);
    if (chunk.keys.length === 0) this.#chunks.splice(chunkAt, 1);
  }

  /** Keys in [start, end), in order; an absent `end` is the end of the map. Not to be changed meanwhile. */
  *entries(start: string, end: string | undefined): Iterable<readonly [string, T]> {
    for (let chunkAt = Math.max(0, this.#chunkOf(start)); chunkAt < this.#chunks.length; chunkAt++) {
      const { keys, values } = this.#chunks[chunkAt] as Chunk<T>;
      for (let at = lowerBound(keys, start); at < keys.length; at++) {
        const key = keys[at] as string;
        if (end !== undefined && key >= end) return;
        yield [key, values[at] as T];
      }
    }
  }

  /** How many keys are in [start, end). */
  count(start: string, end: string | undefined): number {
    return (end === undefined ? this.size : this.#rank(end)) - this.#rank(start);
  }

  /** How many keys are before `key`. */
  #rank(key: string): number {
    const chunkAt = this.#chunkOf(key);
    let before = 0;
    for (let at = 0; at < chunkAt; at++) before += this.#chunks[at]?.keys.length ?? 0;
    return before + (chunkAt < 0 ? 0 : lowerBound(this.#chunks[chunkAt]?.keys ?? [], key));
  }

  /** The last chunk that begins at or before `key`; -1 when all begin after it. */
  #chunkOf(key: string): number {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.keys[0] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #addFirst(): Chunk<T> {
    const chunk: Chunk<T> = { keys: [], values: [] };
    this.#chunks.push(chunk);
    return chunk;
  }

  #split(chunk: Chunk<T>): void {
    const half = chunk.keys.length >>> 1;
    this.#chunks.splice(this.#chunks.indexOf(chunk) + 1, 0, { keys: chunk.keys.splice(half), values: chunk.values.splice(half) });
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
