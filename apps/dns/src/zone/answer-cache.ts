import type { Reply } from '../wire/reply.ts';
import type { Token } from './cluster-index.ts';

interface Entry {
  readonly reply: Reply;
  readonly dependsOn: readonly Token[];
}

/** Encoded answers by question, each until something it was made from changes. Full, it forgets the oldest. */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>();
  readonly #dependents = new Map<Token, Set<string>>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Reply | undefined {
    return this.#entries.get(key)?.reply;
  }

  set(key: string, reply: Reply, dependsOn: readonly Token[]): void {
    this.#delete(key);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= this.#capacity && oldest !== undefined) this.#delete(oldest);
    this.#entries.set(key, { reply, dependsOn });
    for (const token of dependsOn) {
      const keys = this.#dependents.get(token) ?? new Set<string>();
      this.#dependents.set(token, keys.add(key));
    }
  }

  forget(token: Token): void {
    for (const key of this.#dependents.get(token) ?? []) this.#delete(key);
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    for (const token of entry.dependsOn) {
      const keys = this.#dependents.get(token);
      keys?.delete(key);
      if (keys?.size === 0) this.#dependents.delete(token);
    }
  }
}
