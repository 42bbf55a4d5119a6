import { COLUMN, type JudgedRows, type NodeTable, type ShapeView, VERDICT } from './node-table.ts';

/** Upstream's weights of its default profile. */
const WEIGHT = { least: 1, balanced: 1 } as const;

/** What every row means to the shape now. Only rows that changed since it was asked last are judged again: after a binding, one. */
export function judgeRows(table: NodeTable, view: ShapeView): JudgedRows {
  const { judged } = view;
  if (judged.seen === table.changed) return judged;
  const changed = judged.seen < 0 ? undefined : table.changedSince(judged.seen);
  if (changed) for (const row of changed) judgeRow(table, view, row);
  else for (let row = 0; row < table.end; row++) judgeRow(table, view, row);
  judged.seen = table.changed;
  return judged;
}

export const hasRoom = ({ allocatable, requested }: NodeTable, column: number, row: number, amount: number): boolean =>
  (requested[column]?.[row] ?? 0) + amount <= (allocatable[column]?.[row] ?? 0);

function judgeRow(table: NodeTable, view: ShapeView, row: number): void {
  view.judged.hasPlace[row] = hasPlace(table, view, row) ? 1 : 0;
  view.judged.score[row] = roomScore(table, view, row);
}

function hasPlace(table: NodeTable, { verdicts, columns, amounts, shape: { hostPorts } }: ShapeView, row: number): boolean {
  if (verdicts[row] !== VERDICT.fits || !hasRoom(table, COLUMN.pods, row, 1)) return false;
  for (let at = 0; at < columns.length; at++) {
    if (!hasRoom(table, columns[at] ?? 0, row, amounts[at] ?? 0)) return false;
  }
  return hostPorts.length === 0 || !table.portsTaken(hostPorts, row);
}

/** Room left over (least requested), and how evenly CPU and memory are used (balanced allocation), 0 to 100 each, weighted. */
function roomScore({ allocatable, requested, scored }: NodeTable, { columns, shape: { requests } }: ShapeView, row: number): number {
  const [cpu, memory] = [allocatable[COLUMN.cpu]?.[row] ?? 0, allocatable[COLUMN.memory]?.[row] ?? 0];
  const least = (free(cpu, (scored[0][row] ?? 0) + requests.scored.cpu) + free(memory, (scored[1][row] ?? 0) + requests.scored.memory)) / 2;
  if (columns.length === 0) return WEIGHT.least * least;
  const usedCpu = (requested[COLUMN.cpu]?.[row] ?? 0) + (requests.amounts.get('cpu') ?? 0);
  const usedMemory = (requested[COLUMN.memory]?.[row] ?? 0) + (requests.amounts.get('memory') ?? 0);
  // The standard deviation of two numbers is half their difference.
  const uneven = Math.abs(share(cpu, usedCpu) - share(memory, usedMemory)) / 2;
  return WEIGHT.least * least + WEIGHT.balanced * 100 * (1 - uneven);
}

/** 100 for all of it, 0 for none. */
const free = (capacity: number, used: number): number => (capacity <= 0 || used > capacity ? 0 : (100 * (capacity - used)) / capacity);

const share = (capacity: number, used: number): number => (capacity <= 0 ? 0 : Math.min(1, used / capacity));
