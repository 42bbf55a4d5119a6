import type { Neighbours, RowCounts } from './neighbours.ts';
import { type NodeTable, type ShapeView, VERDICT } from './node-table.ts';
import type { PodFacts, PodRules, SpreadRule } from './pod-rules.ts';
import type { Topology } from './topologies.ts';

/** What stands between a pod and a row; 0 is nothing. In the order in which upstream looks. */
export const REFUSAL = { none: 0, spreadLabel: 1, spread: 2, affinity: 3, antiAffinity: 4, repelled: 5 } as const;

type OfRow = (row: number) => number;

/** What one decision needs to know about the pods on all rows. */
export interface NeighbourPass {
  readonly refusal: OfRow;
  /** How much rather here than elsewhere; undefined when no rule cares. */
  readonly attraction: OfRow | undefined;
  /** How crowded its domains are; undefined when no rule cares, NaN where a label is missing. */
  readonly crowding: OfRow | undefined;
}

export interface PassInput {
  readonly table: NodeTable;
  readonly view: ShapeView;
  readonly neighbours: Neighbours;
  readonly pod: PodFacts;
}

/** Undefined for a pod that neither says anything about others nor is spoken of by them. */
export function neighbourPass(input: PassInput): NeighbourPass | undefined {
  const { pod, neighbours } = input;
  const repelled = [...neighbours.repelling].filter(({ term }) => term.matches(pod));
  const attracted = [...neighbours.attracting].filter(({ term }) => term.matches(pod));
  const { rules } = pod;
  if (!rules && repelled.length + attracted.length === 0) return undefined;
  const checks = [
    ...(rules ? [...hardSpread(input, rules), ...affinity(input, rules), ...antiAffinity(input, rules)] : []),
    ...repelled.map(({ term, column }) => refuseWhere(REFUSAL.repelled, presence(input.table, term.topologyKey, column))),
  ];
  const pulls = [
    ...(rules?.preferred ?? []).flatMap(({ term, weight }) => {
      const counter = neighbours.counter([term]);
      return counter ? [weighted(presence(input.table, term.topologyKey, counter.column), weight)] : [];
    }),
    ...attracted.map(({ term, column }) => presence(input.table, term.topologyKey, column)),
  ];
  const crowds = rules ? softSpread(input, rules) : [];
  return {
    refusal: row => {
      for (const check of checks) {
        const refusal = check(row);
        if (refusal !== REFUSAL.none) return refusal;
      }
      return REFUSAL.none;
    },
    attraction: summed(pulls),
    crowding: summed(crowds),
  };
}

const summed = (reads: readonly OfRow[]): OfRow | undefined =>
  reads.length === 0 ? undefined : row => reads.reduce((sum, read) => sum + read(row), 0);

const weighted =
  (read: OfRow, weight: number): OfRow =>
  row =>
    weight * read(row);

const refuseWhere =
  (refusal: number, read: OfRow): OfRow =>
  row =>
    read(row) > 0 ? refusal : REFUSAL.none;

/** How many are in a row's domain; 0 where there is no domain. */
function presence(table: NodeTable, topologyKey: string, column: RowCounts): OfRow {
  const { topology, totals } = byDomain(table, topologyKey, { column });
  return row => totals[topology.domains[row] ?? -1] ?? 0;
}

interface Totals {
  readonly topology: Topology;
  /** By number of the domain. */
  readonly totals: Float64Array;
  /** Domains that have an eligible row. */
  readonly present: Uint8Array;
}

function byDomain(
  table: NodeTable,
  topologyKey: string,
  { column, eligible }: { readonly column: RowCounts; readonly eligible?: (row: number) => boolean },
): Totals {
  const topology = table.topology(topologyKey);
  const totals = new Float64Array(topology.numbers.size);
  const present = new Uint8Array(topology.numbers.size);
  for (let row = 0; row < table.end; row++) {
    const domain = topology.domains[row] ?? -1;
    if (domain < 0 || (eligible && !eligible(row))) continue;
    totals[domain] = (totals[domain] ?? 0) + column.at(row);
    present[domain] = 1;
  }
  return { topology, totals, present };
}

/** Beside pods that meet all terms. The first of a group of pods that want each other may go anywhere. */
function affinity({ table, neighbours, pod }: PassInput, { affinity: terms }: PodRules): readonly OfRow[] {
  const counter = neighbours.counter(terms);
  if (terms.length === 0 || !counter) return [];
  const counts = terms.map(({ topologyKey }) => byDomain(table, topologyKey, { column: counter.column }));
  const isFirst = counts.every(({ totals }) => totals.every(total => total === 0)) && terms.every(term => term.matches(pod));
  const isMet = ({ topology, totals }: Totals, row: number): boolean => {
    const domain = topology.domains[row] ?? -1;
    return domain >= 0 && (isFirst || (totals[domain] ?? 0) > 0);
  };
  return [row => (counts.every(count => isMet(count, row)) ? REFUSAL.none : REFUSAL.affinity)];
}

const antiAffinity = ({ table, neighbours }: PassInput, { antiAffinity: terms }: PodRules): readonly OfRow[] =>
  terms.flatMap(term => {
    const counter = neighbours.counter([term]);
    return counter ? [refuseWhere(REFUSAL.antiAffinity, presence(table, term.topologyKey, counter.column))] : [];
  });

/** Rows that count for a rule: the pod may go there as far as the rule looks, and they have every label that rules are about. */
function eligibility({ table, view }: PassInput, rule: SpreadRule, rules: readonly SpreadRule[]): (row: number) => boolean {
  const topologies = rules.map(({ term }) => table.topology(term.topologyKey));
  return row => {
    const verdict = view.verdicts[row];
    if (verdict === VERDICT.noNode || topologies.some(({ domains }) => (domains[row] ?? -1) < 0)) return false;
    if (!rule.ignoresAffinity && !table.isChosen(view, row)) return false;
    return rule.ignoresTaints || (verdict !== VERDICT.taint && verdict !== VERDICT.unschedulable);
  };
}

function hardSpread(input: PassInput, { spread }: PodRules): readonly OfRow[] {
  const hard = spread.filter(({ isHard }) => isHard);
  return hard.flatMap(rule => {
    const counter = input.neighbours.counter([rule.term]);
    if (!counter) return [];
    const { topology, totals, present } = byDomain(input.table, rule.term.topologyKey, {
      column: counter.column,
      eligible: eligibility(input, rule, hard),
    });
    const counts = totals.filter((_, domain) => present[domain] === 1);
    const least = counts.length < rule.minDomains ? 0 : Math.min(...counts, Infinity);
    const self = rule.term.matches(input.pod) ? 1 : 0;
    return [
      row => {
        const domain = topology.domains[row] ?? -1;
        if (domain < 0) return REFUSAL.spreadLabel;
        return (totals[domain] ?? 0) + self - (Number.isFinite(least) ? least : 0) > rule.maxSkew ? REFUSAL.spread : REFUSAL.none;
      },
    ];
  });
}

/** Upstream's cost: the fuller a domain the worse, and more so where there are many domains to choose from. */
function softSpread(input: PassInput, { spread }: PodRules): readonly OfRow[] {
  const soft = spread.filter(({ isHard }) => !isHard);
  return soft.flatMap(rule => {
    const counter = input.neighbours.counter([rule.term]);
    if (!counter) return [];
    const { topology, totals, present } = byDomain(input.table, rule.term.topologyKey, {
      column: counter.column,
      eligible: eligibility(input, rule, soft),
    });
    const weight = Math.log(present.reduce((sum, there) => sum + there, 0) + 2);
    return [
      row => {
        const domain = topology.domains[row] ?? -1;
        return domain < 0 ? NaN : (totals[domain] ?? 0) * weight + (rule.maxSkew - 1);
      },
    ];
  });
}
