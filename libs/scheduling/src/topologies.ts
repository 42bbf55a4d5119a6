import type { Labels } from './pod-rules.ts';

/** Of every row the number of its domain: rows with the same value of the label share one, those without it have -1. */
export interface Topology {
  domains: Int32Array;
  readonly numbers: Map<string, number>;
}

/** Columns of domains, one for each label that somebody asks about. */
export class Topologies {
  readonly #all = new Map<string, Topology>();

  of(key: string, { rows, capacity }: { readonly rows: readonly (Labels | undefined)[]; readonly capacity: number }): Topology {
    const known = this.#all.get(key);
    if (known) return known;
    const made: Topology = { domains: new Int32Array(capacity).fill(-1), numbers: new Map() };
    rows.forEach((labels, row) => number(made, { key, row, labels }));
    this.#all.set(key, made);
    return made;
  }

  /** `labels` is undefined when the node is gone. */
  set(row: number, labels: Labels | undefined): void {
    for (const [key, topology] of this.#all) number(topology, { key, row, labels });
  }

  grow(capacity: number): void {
    for (const topology of this.#all.values()) {
      const wider = new Int32Array(capacity).fill(-1);
      wider.set(topology.domains);
      topology.domains = wider;
    }
  }
}

function number(
  topology: Topology,
  { key, row, labels }: { readonly key: string; readonly row: number; readonly labels: Labels | undefined },
): void {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (value === undefined) {
    topology.domains[row] = -1;
    return;
  }
  const known = topology.numbers.get(value) ?? topology.numbers.size;
  topology.numbers.set(value, known);
  topology.domains[row] = known;
}
