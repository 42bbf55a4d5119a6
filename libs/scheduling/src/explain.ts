import { COLUMN, type NodeTable, type ShapeView, VERDICT } from './node-table.ts';
import { type NeighbourPass, REFUSAL } from './neighbour-pass.ts';
import { hasRoom } from './placement.ts';

/** Upstream's words, which users and dashboards know. */
const REASON: Readonly<Record<number, string>> = {
  [VERDICT.unschedulable]: 'node(s) were unschedulable',
  [VERDICT.taint]: 'node(s) had untolerated taint(s)',
  [VERDICT.affinity]: "node(s) didn't match Pod's node affinity/selector",
};
const PORTS = "node(s) didn't have free ports for the requested pod ports";
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

const RULE: Readonly<Record<number, { readonly reason: string; readonly mendable: boolean }>> = {
  [REFUSAL.spreadLabel]: { reason: "node(s) didn't match pod topology spread constraints (missing required label)", mendable: false },
  [REFUSAL.spread]: { reason: "node(s) didn't match pod topology spread constraints", mendable: true },
  [REFUSAL.affinity]: { reason: "node(s) didn't match pod affinity rules", mendable: false },
  [REFUSAL.antiAffinity]: { reason: "node(s) didn't match pod anti-affinity rules", mendable: true },
  [REFUSAL.repelled]: { reason: "node(s) didn't satisfy existing pods anti-affinity rules", mendable: true },
};

export interface ExplainOptions {
  readonly preempts: boolean;
  /** Victims have been found: nothing is to be said about preemption. */
  readonly makesRoom: boolean;
  readonly pass: NeighbourPass | undefined;
}

interface Refusal {
  readonly reasons: readonly string[];
  /** Whether the node would do if other pods left it. */
  readonly mendable: boolean;
}

/** Why a pod of this shape fits nowhere, as `kubectl describe pod` shows it. */
export function explain(table: NodeTable, view: ShapeView, { preempts, makesRoom, pass }: ExplainOptions): string {
  if (table.size === 0) return 'no nodes available to schedule pods';
  const reasons = new Map<string, number>();
  const preemption = new Map<string, number>();
  for (let row = 0; row < table.end; row++) {
    if (view.verdicts[row] === VERDICT.noNode) continue;
    const refusal = refuse(table, view, row, pass);
    for (const reason of refusal.reasons) count(reasons, reason);
    count(preemption, refusal.mendable ? NO_VICTIMS : NOT_HELPFUL);
  }
  const head = `0/${table.size} nodes are available:`;
  if (makesRoom) return `${head} ${histogram(reasons)}.`;
  const tail = preempts ? `${head} ${histogram(preemption)}.` : 'not eligible due to preemptionPolicy=Never.';
  return `${head} ${histogram(reasons)}. preemption: ${tail}`;
}

function refuse(table: NodeTable, view: ShapeView, row: number, pass: NeighbourPass | undefined): Refusal {
  const reason = REASON[view.verdicts[row] ?? VERDICT.fits];
  if (reason !== undefined) return { reasons: [reason], mendable: false };
  if (table.portsTaken(view.shape.hostPorts, row)) return { reasons: [PORTS], mendable: true };
  const short = view.columns.filter((column, at) => !hasRoom(table, column, row, view.amounts[at] ?? 0));
  const rule = pass && short.length === 0 && hasRoom(table, COLUMN.pods, row, 1) ? RULE[pass.refusal(row)] : undefined;
  if (rule) return { reasons: [rule.reason], mendable: rule.mendable };
  const tooMany = hasRoom(table, COLUMN.pods, row, 1) ? [] : ['Too many pods'];
  const never = view.columns.some((column, at) => (view.amounts[at] ?? 0) > (table.allocatable[column]?.[row] ?? 0));
  return { reasons: [...tooMany, ...short.map(column => `Insufficient ${table.resourceOf(column)}`)], mendable: !never };
}

const count = (into: Map<string, number>, reason: string): void => void into.set(reason, (into.get(reason) ?? 0) + 1);

/** Sorted as text, as upstream's is. */
const histogram = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .map(([reason, times]) => `${times} ${reason}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join(', ');
