import type { Books, Entry } from './books.ts';
import { fits } from './placement.ts';
import { priorityOf } from './preemption.ts';

/** Pods that wait for victims to leave a node: until then its room is kept from pods that are no more important. */
export class Nominations {
  readonly #books: Books;
  readonly #nodeOf = new Map<Entry, string>();

  constructor(books: Books) {
    this.#books = books;
  }

  of(entry: Entry): string | undefined {
    return this.#nodeOf.get(entry);
  }

  set(entry: Entry, nodeName: string): void {
    this.#nodeOf.set(entry, nodeName);
  }

  clear(entry: Entry): void {
    this.#nodeOf.delete(entry);
  }

  /** Rows where this pod would take the room of one that is nominated there. */
  keptFrom(entry: Entry): ReadonlySet<number> {
    const kept = new Set<number>();
    if (this.#nodeOf.size === 0) return kept;
    const byNode = Map.groupBy(
      [...this.#nodeOf].filter(([other]) => other !== entry && priorityOf(other) >= priorityOf(entry)),
      ([, nodeName]) => nodeName,
    );
    for (const [nodeName, all] of byNode) {
      const row = this.#books.table.row(nodeName);
      if (row === undefined) continue;
      const others = all.map(([other]) => other);
      if (!this.#books.with(others, row, () => fits(this.#books, entry.group, row))) kept.add(row);
    }
    return kept;
  }
}
