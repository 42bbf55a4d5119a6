import type { PodFacts, PodRules, PodTerm } from './pod-rules.ts';

/** Of every row how many pods a predicate holds for. */
export interface Counter {
  /** Namespaces of the pods it may count; undefined is any. */
  readonly namespaces: readonly string[] | undefined;
  matches(pod: PodFacts): boolean;
  readonly column: RowCounts;
  uses: number;
}

/** A term that pods already placed bring with them, and of every row how many of them (or how much weight) are there. */
export interface Carried {
  readonly term: PodTerm;
  readonly column: RowCounts;
  /** Pods that carry it. */
  uses: number;
}

/** Counts by row; a row never written is 0. */
export class RowCounts {
  #values = new Float64Array(64);

  at(row: number): number {
    return this.#values[row] ?? 0;
  }

  add(row: number, amount: number): void {
    if (row >= this.#values.length) {
      const wider = new Float64Array(Math.max(row + 1, 2 * this.#values.length));
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[row] = this.at(row) + amount;
  }

  clear(row: number): void {
    if (row < this.#values.length) this.#values[row] = 0;
  }
}

export interface Placed {
  readonly pod: PodFacts;
  readonly row: number;
}

/** Required affinity counts for those that are wanted, too (upstream's hardPodAffinityWeight). */
const REQUIRED_WEIGHT = 1;

/** Who is where, counted as the rules of pods ask for it. Kept up with every pod that comes and goes, never counted anew. */
export class Neighbours {
  readonly #counters = new Map<string, Counter>();
  readonly #byNamespace = new Map<string, Set<Counter>>();
  readonly #anywhere = new Set<Counter>();
  readonly #repelling = new Map<string, Carried>();
  readonly #attracting = new Map<string, Carried>();
  readonly #placed: () => Iterable<Placed>;

  /** `placed` lists the pods that are on rows, for a counter that is new. */
  constructor(placed: () => Iterable<Placed>) {
    this.#placed = placed;
  }

  /** Terms that keep other pods away. */
  get repelling(): Iterable<Carried> {
    return this.#repelling.values();
  }

  /** Terms that make a place better or worse for other pods. */
  get attracting(): Iterable<Carried> {
    return this.#attracting.values();
  }

  counter(terms: readonly PodTerm[]): Counter | undefined {
    return this.#counters.get(keyOf(terms));
  }

  /** Counts for these rules from now on, until they are released as often. */
  use(rules: PodRules): void {
    for (const terms of asked(rules)) this.#counterOf(terms).uses++;
  }

  release(rules: PodRules): void {
    for (const terms of asked(rules)) {
      const counter = this.counter(terms);
      if (!counter || --counter.uses > 0) continue;
      this.#counters.delete(keyOf(terms));
      this.#anywhere.delete(counter);
      for (const name of counter.namespaces ?? []) this.#byNamespace.get(name)?.delete(counter);
    }
  }

  /** Counts a pod on a row, or with `sign` -1 no more. */
  account(pod: PodFacts, row: number, sign: 1 | -1): void {
    for (const counter of this.#anywhere) if (counter.matches(pod)) counter.column.add(row, sign);
    for (const counter of this.#byNamespace.get(pod.namespace) ?? []) if (counter.matches(pod)) counter.column.add(row, sign);
    if (!pod.rules) return;
    for (const term of pod.rules.antiAffinity) carry(this.#repelling, term, { row, sign, weight: 1 });
    for (const term of pod.rules.affinity) carry(this.#attracting, term, { row, sign, weight: REQUIRED_WEIGHT });
    for (const { term, weight } of pod.rules.preferred) carry(this.#attracting, term, { row, sign, weight });
  }

  /** The labels of namespaces have changed, and with them what terms mean. */
  recount(): void {
    for (const counter of this.#anywhere) {
      for (const { row } of this.#placed()) counter.column.clear(row);
      this.#fill(counter);
    }
  }

  #counterOf(terms: readonly PodTerm[]): Counter {
    const key = keyOf(terms);
    const known = this.#counters.get(key);
    if (known) return known;
    const namespaces = terms.every(term => term.namespaces) ? [...new Set(terms.flatMap(term => term.namespaces ?? []))] : undefined;
    const made: Counter = { namespaces, matches: pod => terms.every(term => term.matches(pod)), column: new RowCounts(), uses: 0 };
    this.#counters.set(key, made);
    if (!namespaces) this.#anywhere.add(made);
    for (const name of namespaces ?? []) this.#byNamespace.set(name, (this.#byNamespace.get(name) ?? new Set()).add(made));
    this.#fill(made);
    return made;
  }

  #fill(counter: Counter): void {
    for (const { pod, row } of this.#placed()) if (counter.matches(pod)) counter.column.add(row, 1);
  }
}

const keyOf = (terms: readonly PodTerm[]): string => terms.map(({ key }) => key).join('\n');

/** The groups of terms that are counted: all of affinity together, as one pod has to meet them all; the others each for itself. */
const asked = ({ affinity, antiAffinity, preferred, spread }: PodRules): readonly (readonly PodTerm[])[] => [
  ...(affinity.length > 0 ? [affinity] : []),
  ...[...antiAffinity, ...preferred.map(({ term }) => term), ...spread.map(({ term }) => term)].map(term => [term]),
];

function carry(
  into: Map<string, Carried>,
  term: PodTerm,
  { row, sign, weight }: { readonly row: number; readonly sign: 1 | -1; readonly weight: number },
): void {
  const carried = into.get(term.key) ?? { term, column: new RowCounts(), uses: 0 };
  carried.uses += sign;
  carried.column.add(row, sign * weight);
  if (carried.uses > 0) into.set(term.key, carried);
  else into.delete(term.key);
}
