/**
 * A set of keys waiting to be worked on. A key is handed to one worker at a time; adding it while it is being
 * worked on runs it once more afterwards. Order is that of insertion. Bounded by the number of distinct keys.
 */
export class WorkQueue<K> {
  readonly #waiting = new Set<K>(); // insertion order is the queue order
  readonly #active = new Set<K>();
  readonly #again = new Set<K>(); // added while active
  readonly #idle = new Set<() => void>();

  get size(): number {
    return this.#waiting.size;
  }

  add(key: K): void {
    if (this.#active.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#waiting.add(key);
    const [wake] = this.#idle;
    wake?.();
  }

  /** Yields keys until `signal` aborts. The key is released when the consumer asks for the next. */
  async *take(signal: AbortSignal): AsyncGenerator<K> {
    while (!signal.aborted) {
      const [key] = this.#waiting;
      if (key === undefined) {
        await this.#wake(signal);
        continue;
      }
      this.#waiting.delete(key);
      this.#active.add(key);
      try {
        yield key;
      } finally {
        this.#active.delete(key);
        if (this.#again.delete(key)) this.add(key);
      }
    }
  }

  #wake(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        this.#idle.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#idle.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
