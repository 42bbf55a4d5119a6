/** More than could end between an exit and the look that shows it. */
const KEPT = 1_000;

/** Containers the runtime has told the end of: its lists may show them running for a moment longer, or we may not know them yet. */
export class RecentExits {
  readonly #ids = new Set<string>(); // oldest first

  add(containerId: string): void {
    this.#ids.add(containerId);
    const [oldest] = this.#ids;
    if (this.#ids.size > KEPT && oldest !== undefined) this.#ids.delete(oldest);
  }

  has(containerId: string): boolean {
    return this.#ids.has(containerId);
  }
}
