import type { Labels } from '@steersman/labels';

const NO_DOMAIN = -1;

/** Which domain each row is in: one per value of a label. */
export class Topology {
  readonly key: string;
  readonly #ids = new Map<string, number>();
  readonly #rows: number[] = [];
  /** Rows of each domain. */
  readonly #sizes: number[] = [];
  #size = 0;

  constructor(key: string) {
    this.key = key;
  }

  /** Domains that have a row. */
  get size(): number {
    return this.#size;
  }

  /** Domains there have ever been; their numbers are below. */
  get end(): number {
    return this.#ids.size;
  }

  /** Negative for a row without the label. */
  domainOf(row: number): number {
    return this.#rows[row] ?? NO_DOMAIN;
  }

  /** Undefined labels are those of no node. */
  set(row: number, labels: Labels | undefined): { readonly before: number; readonly after: number } {
    const before = this.domainOf(row);
    const value = labels?.[this.key];
    const after = value === undefined ? NO_DOMAIN : (this.#ids.get(value) ?? this.#ids.size);
    if (value !== undefined) this.#ids.set(value, after);
    this.#rows[row] = after;
    this.#resize(before, -1);
    this.#resize(after, 1);
    return { before, after };
  }

  #resize(domain: number, by: 1 | -1): void {
    if (domain === NO_DOMAIN) return;
    const size = (this.#sizes[domain] ?? 0) + by;
    this.#sizes[domain] = size;
    if (size === (by === 1 ? 1 : 0)) this.#size += by;
  }
}

/** How much counts on each row and in each domain of a topology, kept with every change. */
export class Tally {
  readonly topology: Topology;
  readonly #rows: number[] = [];
  readonly #domains: number[] = [];
  #total = 0;

  constructor(topology: Topology) {
    this.topology = topology;
  }

  /** On all rows, also those in no domain. */
  get total(): number {
    return this.#total;
  }

  onRow(row: number): number {
    return this.#rows[row] ?? 0;
  }

  /** In the domain of the row; 0 for a row in none. */
  around(row: number): number {
    return this.#domains[this.topology.domainOf(row)] ?? 0;
  }

  add(row: number, amount: number): void {
    this.#rows[row] = this.onRow(row) + amount;
    this.#total += amount;
    this.#count(this.topology.domainOf(row), amount);
  }

  /** The row has gone from one domain to another. */
  moved(row: number, { before, after }: { readonly before: number; readonly after: number }): void {
    this.#count(before, -this.onRow(row));
    this.#count(after, this.onRow(row));
  }

  clear(): void {
    this.#rows.length = 0;
    this.#domains.length = 0;
    this.#total = 0;
  }

  #count(domain: number, amount: number): void {
    if (domain !== NO_DOMAIN) this.#domains[domain] = (this.#domains[domain] ?? 0) + amount;
  }
}
