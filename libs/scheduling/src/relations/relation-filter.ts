import type { NodeTable } from '../node-table.ts';
import type { PodGroup } from '../pod-groups.ts';
import { domainCounts } from './domain-counts.ts';
import type { PodRelations } from './pod-relations.ts';
import type { RelationTable } from './relation-table.ts';
import type { Tally } from './tally.ts';

/** Why pods that are elsewhere keep a pod from a row. */
export const RELATION_REFUSAL = {
  spread: { message: "node(s) didn't match pod topology spread constraints", mendable: true },
  spreadLabel: { message: "node(s) didn't match pod topology spread constraints (missing required label)", mendable: false },
  affinity: { message: "node(s) didn't match pod affinity rules", mendable: false },
  antiAffinity: { message: "node(s) didn't match pod anti-affinity rules", mendable: true },
  repelled: { message: "node(s) didn't satisfy existing pods anti-affinity rules", mendable: true },
} as const;

export type RelationRefusal = keyof typeof RELATION_REFUSAL;

/** Undefined lets the row pass. True for what is counted now: made anew for each decision. */
export type RelationFilter = (row: number) => RelationRefusal | undefined;

/** Undefined when no pod elsewhere matters to this group. */
export function relationFilter(table: NodeTable, relations: RelationTable, group: PodGroup): RelationFilter | undefined {
  // Upstream's order: what is first is what users are told.
  const checks = [
    spreadCheck(table, relations, group),
    affinityCheck(relations, group),
    antiAffinityCheck(relations, group.relations),
    repelledCheck(relations.about(group, 'repelling')),
  ].filter(check => check !== undefined);
  if (checks.length === 0) return undefined;
  return row => {
    for (const check of checks) {
      const refusal = check(row);
      if (refusal) return refusal;
    }
    return undefined;
  };
}

function repelledCheck(tallies: readonly Tally[]): RelationFilter | undefined {
  const repelling = tallies.filter(({ total }) => total > 0);
  if (repelling.length === 0) return undefined;
  return row => (repelling.some(tally => tally.around(row) > 0) ? 'repelled' : undefined);
}

function antiAffinityCheck(relations: RelationTable, { antiAffinity }: PodRelations): RelationFilter | undefined {
  const tallies = antiAffinity.map(term => relations.tally('pods', term));
  if (tallies.length === 0) return undefined;
  return row => (tallies.some(tally => tally.around(row) > 0) ? 'antiAffinity' : undefined);
}

function affinityCheck(relations: RelationTable, { relations: { affinity }, podClass }: PodGroup): RelationFilter | undefined {
  const [first] = affinity;
  if (!first) return undefined;
  const tallies = affinity.map(term => relations.tally('pods', term));
  // The first of a series that wants to be together has nobody to be with: it may go anywhere, else none would ever start.
  const isFirst = tallies.every(({ total }) => total === 0) && first.selection.selects(podClass, relations.labelsOf);
  return row => (tallies.every(tally => (isFirst ? tally.topology.domainOf(row) >= 0 : tally.around(row) > 0)) ? undefined : 'affinity');
}

function spreadCheck(table: NodeTable, relations: RelationTable, group: PodGroup): RelationFilter | undefined {
  const { spread } = group.relations;
  if (spread.length === 0) return undefined;
  const tallies = spread.map(constraint => relations.tally('staying', constraint));
  const hasAll = (row: number): boolean => tallies.every(({ topology }) => topology.domainOf(row) >= 0);
  const limits = spread.map((constraint, at) => {
    const tally = tallies[at] as Tally;
    const { counts, domains, least } = domainCounts(table, group, { constraint, tally, eligible: hasAll });
    const self = constraint.selection.selects(group.podClass, relations.labelsOf) ? 1 : 0;
    return { tally, counts, most: constraint.maxSkew + (domains < constraint.minDomains ? 0 : least) - self };
  });
  return row => {
    if (!hasAll(row)) return 'spreadLabel';
    return limits.every(({ tally, counts, most }) => Math.max(0, counts[tally.topology.domainOf(row)] ?? 0) <= most) ? undefined : 'spread';
  };
}
