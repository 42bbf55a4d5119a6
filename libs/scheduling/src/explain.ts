import type { Books } from './books.ts';
import { COLUMN, type NodeTable, VERDICT } from './node-table.ts';
import { hasRoom } from './judge-rows.ts';
import type { PodGroup } from './pod-groups.ts';
import { RELATION_REFUSAL, relationFilter } from './relations/relation-filter.ts';

/** One thing that keeps a pod from a node. */
export interface Refusal {
  /** What of the scheduler refused, by upstream's name of its plug-in. */
  readonly filter: string;
  /** Upstream's words, which users and dashboards know. */
  readonly message: string;
  /** Whether other pods leaving could help. */
  readonly mendable: boolean;
  /** The number that was missing: what the pod wants, and what of it is free. CPU in thousandths. */
  readonly shortage?: { readonly resource: string; readonly wanted: number; readonly free: number; readonly allocatable: number };
}

export interface NodeExplanation {
  readonly nodeName: string;
  /** Empty when the pod fits. */
  readonly refusals: readonly Refusal[];
}

const VERDICTS: Readonly<Record<number, Refusal>> = {
  [VERDICT.unschedulable]: { filter: 'NodeUnschedulable', message: 'node(s) were unschedulable', mendable: false },
  [VERDICT.taint]: { filter: 'TaintToleration', message: 'node(s) had untolerated taint(s)', mendable: false },
  [VERDICT.affinity]: { filter: 'NodeAffinity', message: "node(s) didn't match Pod's node affinity/selector", mendable: false },
};
const PORTS: Refusal = {
  filter: 'NodePorts',
  message: "node(s) didn't have free ports for the requested pod ports",
  mendable: true,
};
const RELATION_FILTER = {
  spread: 'PodTopologySpread',
  spreadLabel: 'PodTopologySpread',
  affinity: 'InterPodAffinity',
  antiAffinity: 'InterPodAffinity',
  repelled: 'InterPodAffinity',
} as const;

/** What each node says to a pod of the group now. */
export function explainNodes(books: Books, group: PodGroup): readonly NodeExplanation[] {
  const { table, relations } = books;
  const relation = relationFilter(table, relations, group);
  const nodes: NodeExplanation[] = [];
  for (let row = 0; row < table.end; row++) {
    if (group.view.verdicts[row] === VERDICT.noNode) continue;
    const own = rowRefusals(table, group, row);
    const related = own.length === 0 ? relation?.(row) : undefined;
    const refusals = related ? [{ filter: RELATION_FILTER[related], ...RELATION_REFUSAL[related] }] : own;
    nodes.push({ nodeName: table.nameOf(row), refusals });
  }
  return nodes;
}

function rowRefusals(table: NodeTable, { view }: PodGroup, row: number): readonly Refusal[] {
  const verdict = VERDICTS[view.verdicts[row] ?? VERDICT.fits];
  if (verdict) return [verdict];
  if (table.portsTaken(view.shape.hostPorts, row)) return [PORTS];
  const asked = [
    { column: COLUMN.pods as number, amount: 1 },
    ...view.columns.map((column, at) => ({ column, amount: view.amounts[at] ?? 0 })),
  ];
  const short = asked.filter(({ column, amount }) => !hasRoom(table, column, row, amount)).map(ask => shortage(table, ask, row));
  // More than the node has in all: then no other pod is to blame for the rest either.
  const never = short.some(({ shortage: found }) => found.wanted > found.allocatable);
  return short.map(refusal => ({ ...refusal, mendable: !never }));
}

function shortage(table: NodeTable, { column, amount }: { readonly column: number; readonly amount: number }, row: number) {
  const resource = table.resourceOf(column);
  const allocatable = table.allocatable[column]?.[row] ?? 0;
  const free = allocatable - (table.requested[column]?.[row] ?? 0);
  const message = column === COLUMN.pods ? 'Too many pods' : `Insufficient ${resource}`;
  return { filter: 'NodeResourcesFit', message, shortage: { resource, wanted: amount, free, allocatable } };
}

/** `0/3 nodes are available: 2 Insufficient cpu, 1 Too many pods.` Undefined without nodes. */
export function summarize(nodes: readonly { readonly messages: readonly string[] }[]): string {
  const counts = new Map<string, number>();
  for (const message of nodes.flatMap(({ messages }) => messages)) counts.set(message, (counts.get(message) ?? 0) + 1);
  // Sorted as text, as upstream's is.
  const reasons = [...counts].map(([message, times]) => `${times} ${message}`).sort((a, b) => (a < b ? -1 : 1));
  return `0/${nodes.length} nodes are available: ${reasons.join(', ')}.`;
}
