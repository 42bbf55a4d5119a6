import type { Books } from './books.ts';
import { COLUMN, type NodeTable, type ShapeView } from './node-table.ts';
import type { PodGroup } from './pod-groups.ts';
import { relationFilter } from './relations/relation-filter.ts';
import { relationScores } from './relations/relation-score.ts';
import { judgeRows } from './judge-rows.ts';

/** Upstream's weights of its default profile. */
const WEIGHT = { taints: 3, affinity: 2 } as const;

/** Whether a pod of the group could go to this row now. */
export const fits = ({ table, relations }: Books, group: PodGroup, row: number): boolean =>
  judgeRows(table, group.view).hasPlace[row] === 1 && relationFilter(table, relations, group)?.(row) === undefined;

/** Rows a pod of the group could go to now, without those that are `kept` for others. Good until the next call. */
export function candidateRows({ table, relations }: Books, group: PodGroup, kept: ReadonlySet<number>): Int32Array {
  const { hasPlace } = judgeRows(table, group.view);
  const refuses = relationFilter(table, relations, group);
  const { end, scratch } = table;
  let found = 0;
  for (let row = 0; row < end; row++) {
    if (hasPlace[row] === 1 && (refuses === undefined || refuses(row) === undefined)) scratch[found++] = row;
  }
  const rows = scratch.subarray(0, found);
  return kept.size === 0 ? rows : rows.filter(row => !kept.has(row));
}

/**
 * The best of the candidates, undefined when there are none. Of equals the one with fewer pods wins, then the one whose
 * name comes first: the same cluster always gives the same answer.
 */
export function bestRow({ table, relations }: Books, group: PodGroup, candidates: Int32Array): number | undefined {
  if (candidates.length <= 1) return candidates[0];
  const { view } = group;
  const wishes = wishScorer(view, candidates);
  const related = relationScores(relations, group, candidates);
  const { score: roomScores } = judgeRows(table, view);
  let best: number | undefined;
  let bestScore = -1;
  for (let at = 0; at < candidates.length; at++) {
    const row = candidates[at] as number;
    const score = (roomScores[row] ?? 0) + (wishes ? wishes(row) : 0) + (related ? (related[at] ?? 0) : 0);
    if (score > bestScore || (score === bestScore && best !== undefined && goesFirst(table, row, best))) [best, bestScore] = [row, score];
  }
  return best;
}

/** Taints the pod would rather avoid, and labels it would rather have; undefined when no candidate differs in them. */
function wishScorer({ reluctance, preference, wishes }: ShapeView, candidates: Int32Array): ((row: number) => number) | undefined {
  if (wishes === 0) return undefined;
  let [mostReluctant, mostPreferred] = [0, 0];
  for (const row of candidates) {
    mostReluctant = Math.max(mostReluctant, reluctance[row] ?? 0);
    mostPreferred = Math.max(mostPreferred, preference[row] ?? 0);
  }
  if (mostReluctant === 0 && mostPreferred === 0) return undefined;
  return row => {
    const taints = mostReluctant === 0 ? 0 : 100 * (1 - (reluctance[row] ?? 0) / mostReluctant);
    const affinity = mostPreferred === 0 ? 0 : (100 * (preference[row] ?? 0)) / mostPreferred;
    return WEIGHT.taints * taints + WEIGHT.affinity * affinity;
  };
}

function goesFirst(table: NodeTable, row: number, other: number): boolean {
  const pods = table.requested[COLUMN.pods];
  const fewer = (pods?.[row] ?? 0) - (pods?.[other] ?? 0);
  return fewer === 0 ? table.rankOf(row) < table.rankOf(other) : fewer < 0;
}
