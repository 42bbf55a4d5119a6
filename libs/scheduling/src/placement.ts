import { type NeighbourPass, REFUSAL } from './neighbour-pass.ts';
import { COLUMN, type NodeTable, type ShapeView, VERDICT } from './node-table.ts';

/** Upstream's weights of its default profile. */
const WEIGHT = { least: 1, balanced: 1, taints: 3, affinity: 2, neighbours: 2, spread: 2 } as const;

/** Whether a pod of this shape could go to this row now. */
export function fits(table: NodeTable, view: ShapeView, row: number): boolean {
  if (view.verdicts[row] !== VERDICT.fits || !hasRoom(table, COLUMN.pods, row, 1)) return false;
  for (let at = 0; at < view.columns.length; at++) {
    if (!hasRoom(table, view.columns[at] ?? 0, row, view.amounts[at] ?? 0)) return false;
  }
  return view.shape.hostPorts.length === 0 || !table.portsTaken(view.shape.hostPorts, row);
}

export const hasRoom = ({ allocatable, requested }: NodeTable, column: number, row: number, amount: number): boolean =>
  (requested[column]?.[row] ?? 0) + amount <= (allocatable[column]?.[row] ?? 0);

/**
 * The best row for the shape, undefined when it fits nowhere. Of equals the one with fewer pods wins, then the one whose
 * name comes first: the same cluster always gives the same answer.
 */
export function bestRow(table: NodeTable, view: ShapeView, pass?: NeighbourPass): number | undefined {
  const candidates: number[] = [];
  for (let row = 0; row < table.end; row++) {
    if (fits(table, view, row) && (!pass || pass.refusal(row) === REFUSAL.none)) candidates.push(row);
  }
  let [best, bestScore] = [candidates[0], -1];
  if (candidates.length === 1) return best;
  const shared = sharedScores(view, candidates, pass);
  for (const row of candidates) {
    const score = resourceScore(table, view, row) + shared.reduce((sum, scoreOf) => sum + scoreOf(row), 0);
    if (score > bestScore || (score === bestScore && best !== undefined && goesFirst(table, row, best))) [best, bestScore] = [row, score];
  }
  return best;
}

type Score = (row: number) => number;

/** Scores that are relative to the other candidates, weighted; those that tell none apart are left out. */
function sharedScores(view: ShapeView, candidates: readonly number[], pass: NeighbourPass | undefined): readonly Score[] {
  const reluctance = mostOf(candidates, row => view.reluctance[row] ?? 0);
  const preference = mostOf(candidates, row => view.preference[row] ?? 0);
  return [
    ...(reluctance > 0 ? [(row: number) => WEIGHT.taints * 100 * (1 - (view.reluctance[row] ?? 0) / reluctance)] : []),
    ...(preference > 0 ? [(row: number) => (WEIGHT.affinity * 100 * (view.preference[row] ?? 0)) / preference] : []),
    ...(pass ? [...attractionScore(candidates, pass), ...crowdingScore(candidates, pass)] : []),
  ];
}

function mostOf(rows: readonly number[], read: (row: number) => number): number {
  let most = 0;
  for (const row of rows) most = Math.max(most, read(row));
  return most;
}

/** From the worst candidate, 0, to the best, 100. */
function attractionScore(candidates: readonly number[], { attraction }: NeighbourPass): readonly Score[] {
  if (!attraction) return [];
  let [least, most] = [Infinity, -Infinity];
  for (const row of candidates) [least, most] = [Math.min(least, attraction(row)), Math.max(most, attraction(row))];
  return most > least ? [row => (WEIGHT.neighbours * 100 * (attraction(row) - least)) / (most - least)] : [];
}

/** Upstream's turn of costs into scores; a candidate without the label gets none. */
function crowdingScore(candidates: readonly number[], { crowding }: NeighbourPass): readonly Score[] {
  if (!crowding) return [];
  let [least, most] = [Infinity, 0];
  for (const row of candidates) {
    const cost = crowding(row);
    if (!Number.isNaN(cost)) [least, most] = [Math.min(least, cost), Math.max(most, cost)];
  }
  const scoreOf = (cost: number): number => (Number.isNaN(cost) ? 0 : (100 * (most + least - cost)) / most);
  return most > 0 ? [row => WEIGHT.spread * scoreOf(crowding(row))] : [];
}

function goesFirst(table: NodeTable, row: number, other: number): boolean {
  const pods = table.requested[COLUMN.pods];
  const fewer = (pods?.[row] ?? 0) - (pods?.[other] ?? 0);
  return fewer === 0 ? table.nameOf(row) < table.nameOf(other) : fewer < 0;
}

/** Room left over (least requested), and how evenly CPU and memory are used (balanced allocation), 0 to 100 each. */
function resourceScore(table: NodeTable, view: ShapeView, row: number): number {
  const { scored } = view.shape.requests;
  const [cpu, memory] = [table.allocatable[COLUMN.cpu]?.[row] ?? 0, table.allocatable[COLUMN.memory]?.[row] ?? 0];
  const least = (share(cpu, (table.scored[0][row] ?? 0) + scored.cpu) + share(memory, (table.scored[1][row] ?? 0) + scored.memory)) / 2;
  return WEIGHT.least * least + WEIGHT.balanced * (view.columns.length === 0 ? 0 : balance(table, view, row));
}

const share = (capacity: number, used: number): number => (capacity <= 0 || used > capacity ? 0 : (100 * (capacity - used)) / capacity);

function balance(table: NodeTable, { shape: { requests } }: ShapeView, row: number): number {
  const used = (column: number, resource: string): number => {
    const capacity = table.allocatable[column]?.[row] ?? 0;
    const amount = (table.requested[column]?.[row] ?? 0) + (requests.amounts.get(resource) ?? 0);
    return capacity <= 0 ? 0 : Math.min(1, amount / capacity);
  };
  // The standard deviation of two numbers is half their difference.
  return 100 * (1 - Math.abs(used(COLUMN.cpu, 'cpu') - used(COLUMN.memory, 'memory')) / 2);
}
