import type { Labels } from '@steersman/labels';
import type { PodGroup } from '../pod-groups.ts';
import type { NamespaceLabels } from './pod-selection.ts';
import { type PodRelations, type Preference, type Term, termKey } from './pod-relations.ts';
import { Tally, Topology } from './tally.ts';

/** A required affinity of pods that are there draws the pods it is about, as strongly as a preference of this weight. */
const REQUIRED_WEIGHT = 1;

/**
 * What a tally counts, for each term: `pods` the pods it selects; `staying` the same without those being deleted;
 * `repelling` the pods that say it as a required anti-affinity; `drawing` the weights of pods that say it as a preference.
 */
export type TallyKind = 'pods' | 'staying' | 'repelling' | 'drawing';

interface Counted {
  readonly kind: TallyKind;
  readonly term: Term;
  readonly tally: Tally;
  /** Groups whose relations need it; it goes with the last. */
  uses: number;
}

interface Matches {
  readonly version: number;
  /** Tallies the group's pods count in, and how much each. */
  readonly counting: readonly { readonly counted: Counted; readonly amount: number }[];
  /** Tallies of what other pods say that are about this group. */
  readonly about: readonly Counted[];
}

/** Counts pods by the terms that pods say about each other, kept with every change, so that judging a node is a look at numbers. */
export class RelationTable {
  readonly #topologies = new Map<string, Topology>();
  readonly #counted = new Map<string, Counted>();
  readonly #groups = new Set<PodGroup>();
  readonly #labels: (Labels | undefined)[] = [];
  readonly #namespaces = new Map<string, Labels>();
  readonly #matches = new WeakMap<PodGroup, Matches>();
  /** Moves when tallies come or go, and when namespaces change: what was matched before no longer counts. */
  #version = 0;

  readonly labelsOf: NamespaceLabels = namespace => this.#namespaces.get(namespace) ?? {};

  setRow(row: number, labels: Labels | undefined): void {
    this.#labels[row] = labels;
    for (const topology of this.#topologies.values()) {
      const move = topology.set(row, labels);
      if (move.before === move.after) continue;
      for (const { tally } of this.#counted.values()) if (tally.topology === topology) tally.moved(row, move);
    }
  }

  setNamespace(name: string, labels: Labels | undefined): void {
    if (labels) this.#namespaces.set(name, labels);
    else this.#namespaces.delete(name);
    this.#version++;
    for (const counted of this.#counted.values()) {
      counted.tally.clear();
      this.#fill(counted);
    }
  }

  /** Every group that has pods on rows, or waits, is made known before it is counted. */
  use(group: PodGroup): void {
    this.#groups.add(group);
    for (const [kind, term] of needs(group.relations)) this.#take(kind, term);
  }

  release(group: PodGroup): void {
    this.#groups.delete(group);
    for (const [kind, term] of needs(group.relations)) {
      const key = `${kind} ${termKey(term)}`;
      const counted = this.#counted.get(key);
      if (!counted || --counted.uses > 0) continue;
      this.#counted.delete(key);
      this.#version++;
    }
  }

  /** Counts pods of the group on a row, or with negative numbers no more; `staying` are those not being deleted. */
  account(group: PodGroup, row: number, { pods, staying }: { readonly pods: number; readonly staying: number }): void {
    for (const { counted, amount } of this.#matchesOf(group).counting) {
      const count = counted.kind === 'staying' ? staying : pods;
      if (count !== 0) counted.tally.add(row, amount * count);
    }
  }

  /** Of a term that the relations of a group in use have. */
  tally(kind: TallyKind, term: Term): Tally {
    return this.#counted.get(`${kind} ${termKey(term)}`)?.tally ?? new Tally(this.#topology(term.topologyKey));
  }

  /** Tallies of what pods elsewhere say about pods of this group. */
  about(group: PodGroup, kind: 'repelling' | 'drawing'): readonly Tally[] {
    return this.#matchesOf(group)
      .about.filter(counted => counted.kind === kind)
      .map(({ tally }) => tally);
  }

  #take(kind: TallyKind, term: Term): void {
    const key = `${kind} ${termKey(term)}`;
    const known = this.#counted.get(key);
    if (known) {
      known.uses++;
      return;
    }
    const counted: Counted = { kind, term, tally: new Tally(this.#topology(term.topologyKey)), uses: 1 };
    this.#counted.set(key, counted);
    this.#version++;
    this.#fill(counted);
  }

  #fill(counted: Counted): void {
    for (const group of this.#groups) {
      const amount = this.#amount(counted, group);
      if (amount === 0) continue;
      for (const [row, { pods, staying }] of group.rows) counted.tally.add(row, amount * (counted.kind === 'staying' ? staying : pods));
    }
  }

  /** What one pod of the group counts. */
  #amount({ kind, term }: Counted, { relations, podClass }: PodGroup): number {
    switch (kind) {
      case 'pods':
      case 'staying':
        return term.selection.selects(podClass, this.labelsOf) ? 1 : 0;
      case 'repelling':
        return relations.antiAffinity.some(own => termKey(own) === termKey(term)) ? 1 : 0;
      case 'drawing':
        return drawing(relations)
          .filter(own => termKey(own) === termKey(term))
          .reduce((sum, { weight }) => sum + weight, 0);
    }
  }

  #matchesOf(group: PodGroup): Matches {
    const known = this.#matches.get(group);
    if (known?.version === this.#version) return known;
    const all = [...this.#counted.values()];
    const matches: Matches = {
      version: this.#version,
      counting: all.map(counted => ({ counted, amount: this.#amount(counted, group) })).filter(({ amount }) => amount !== 0),
      about: all.filter(
        ({ kind, term }) => (kind === 'repelling' || kind === 'drawing') && term.selection.selects(group.podClass, this.labelsOf),
      ),
    };
    this.#matches.set(group, matches);
    return matches;
  }

  #topology(key: string): Topology {
    const known = this.#topologies.get(key);
    if (known) return known;
    const topology = new Topology(key);
    this.#labels.forEach((labels, row) => topology.set(row, labels));
    this.#topologies.set(key, topology);
    return topology;
  }
}

/** The tallies that a group's relations are judged by, and those that judge others by them. */
const needs = (relations: PodRelations): readonly (readonly [TallyKind, Term])[] => [
  ...[...relations.affinity, ...relations.antiAffinity, ...relations.preferences].map(term => ['pods', term] as const),
  ...[...relations.spread, ...relations.softSpread].map(term => ['staying', term] as const),
  ...relations.antiAffinity.map(term => ['repelling', term] as const),
  ...drawing(relations).map(term => ['drawing', term] as const),
];

const drawing = ({ affinity, preferences }: PodRelations): readonly Preference[] => [
  ...preferences,
  ...affinity.map(term => ({ ...term, weight: REQUIRED_WEIGHT })),
];
