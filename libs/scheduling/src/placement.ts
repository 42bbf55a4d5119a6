import { COLUMN, type NodeTable, type ShapeView, VERDICT } from './node-table.ts';

/** Upstream's weights of its default profile. */
const WEIGHT = { least: 1, balanced: 1, taints: 3, affinity: 2 } as const;

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
export function bestRow(table: NodeTable, view: ShapeView): number | undefined {
  const candidates: number[] = [];
  let [mostReluctant, mostPreferred] = [0, 0];
  for (let row = 0; row < table.end; row++) {
    if (!fits(table, view, row)) continue;
    candidates.push(row);
    mostReluctant = Math.max(mostReluctant, view.reluctance[row] ?? 0);
    mostPreferred = Math.max(mostPreferred, view.preference[row] ?? 0);
  }
  let [best, bestScore] = [candidates[0], -1];
  if (candidates.length === 1) return best;
  for (const row of candidates) {
    const taints = mostReluctant === 0 ? 0 : 100 * (1 - (view.reluctance[row] ?? 0) / mostReluctant);
    const affinity = mostPreferred === 0 ? 0 : (100 * (view.preference[row] ?? 0)) / mostPreferred;
    const score = resourceScore(table, view, row) + WEIGHT.taints * taints + WEIGHT.affinity * affinity;
    if (score > bestScore || (score === bestScore && best !== undefined && goesFirst(table, row, best))) [best, bestScore] = [row, score];
  }
  return best;
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
