/** One holder per key at a time; who waits longest is next. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves with what lets go of the key; to be called exactly once. */
  async acquire(key: string): Promise<() => void> {
    const before = this.#tails.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tails.set(key, promise);
    await before;
    return () => {
      if (this.#tails.get(key) === promise) this.#tails.delete(key);
      resolve();
    };
  }
}
