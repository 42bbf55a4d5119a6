import { labelSelectorFrom } from '@steersman/labels';
import type { PodDisruptionBudget } from '@steersman/types';
import type { Books, Entry } from './books.ts';
import { explainNodes, type NodeExplanation, summarize } from './explain.ts';
import { VERDICT } from './node-table.ts';
import { fits } from './placement.ts';

/** Nodes for which victims are looked for; upstream's least number. */
const MOST_CANDIDATES = 100;
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

export interface Preemption {
  readonly nodeName: string;
  /** Most important first. */
  readonly victims: readonly Entry[];
}

interface Candidate extends Preemption {
  /** Victims that a disruption budget would rather keep. */
  readonly violations: number;
}

/** The pods that would have to go for this one, where fewest and least important ones would; else upstream's sentence why nobody can help. */
export function findPreemption(
  books: Books,
  entry: Entry,
  budgets: Iterable<PodDisruptionBudget>,
): { readonly preemption: Preemption } | { readonly why: string } {
  const nodes = explainNodes(books, entry.group);
  const candidates: Candidate[] = [];
  const told: { readonly messages: readonly string[] }[] = [];
  for (const node of nodes) {
    const found = candidates.length < MOST_CANDIDATES ? tryNode(books, { entry, node, budgets: [...budgets] }) : { messages: [] };
    if ('victims' in found) candidates.push(found);
    else told.push(found);
  }
  const [best] = candidates.sort(byCost);
  return best ? { preemption: best } : { why: summarize(told) };
}

function tryNode(
  books: Books,
  { entry, node, budgets }: { readonly entry: Entry; readonly node: NodeExplanation; readonly budgets: readonly PodDisruptionBudget[] },
): Candidate | { readonly messages: readonly string[] } {
  const { nodeName, refusals } = node;
  const row = books.table.row(nodeName);
  if (row === undefined || entry.group.view.verdicts[row] !== VERDICT.fits || refusals.some(({ mendable }) => !mendable)) {
    return { messages: [NOT_HELPFUL] };
  }
  const lesser = [...books.entriesOn(nodeName)].filter(other => priorityOf(other) < priorityOf(entry)).sort(byImportance);
  if (lesser.length === 0) return { messages: [NO_VICTIMS] };
  for (const other of lesser) books.count(other, -1);
  if (!fits(books, entry.group, row)) {
    const still = explainNodes(books, entry.group).find(other => other.nodeName === nodeName)?.refusals ?? [];
    for (const other of lesser) books.count(other, 1);
    return { messages: still.map(({ message }) => message) };
  }
  const { kept, guarded } = splitByBudgets(lesser, budgets);
  const reprieve = (all: readonly Entry[]): readonly Entry[] =>
    all.filter(other => {
      books.count(other, 1);
      if (fits(books, entry.group, row)) return false;
      books.count(other, -1);
      return true;
    });
  const violated = reprieve(guarded);
  const victims = [...violated, ...reprieve(kept)].sort(byImportance);
  for (const other of victims) books.count(other, 1);
  return { nodeName, victims, violations: violated.length };
}

/** Pods whose budget has nothing left are tried to be kept first. */
function splitByBudgets(
  entries: readonly Entry[],
  budgets: readonly PodDisruptionBudget[],
): { readonly guarded: readonly Entry[]; readonly kept: readonly Entry[] } {
  const left = new Map(budgets.map(budget => [budget, budget.status.disruptionsAllowed]));
  const [guarded, kept]: [Entry[], Entry[]] = [[], []];
  for (const entry of entries) {
    const own = budgets.filter(budget => protects(budget, entry));
    for (const budget of own) left.set(budget, (left.get(budget) ?? 0) - 1);
    (own.some(budget => (left.get(budget) ?? 0) < 0) ? guarded : kept).push(entry);
  }
  return { guarded, kept };
}

function protects({ metadata, spec }: PodDisruptionBudget, { pod }: Entry): boolean {
  if (metadata.namespace !== pod.metadata.namespace || !spec.selector) return false;
  return labelSelectorFrom(spec.selector).matches(pod.metadata.labels ?? {});
}

export const priorityOf = ({ pod }: Pick<Entry, 'pod'>): number => pod.spec.priority ?? 0;

/** Higher priority first, then those that have run longer. */
const byImportance = (a: Entry, b: Entry): number =>
  priorityOf(b) - priorityOf(a) || (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0);

/** RFC 3339 in UTC sorts as text. */
const startOf = ({ pod: { status, metadata } }: Entry): string => status.startTime ?? metadata.creationTimestamp ?? '';

/** Upstream's order: least violations, least important most important victim, least sum of priorities, fewest victims, latest start. */
function byCost(a: Candidate, b: Candidate): number {
  const sum = ({ victims }: Candidate): number => victims.reduce((total, victim) => total + priorityOf(victim), 0);
  const [firstA, firstB] = [a.victims[0], b.victims[0]];
  if (!firstA || !firstB) return a.victims.length - b.victims.length;
  return (
    a.violations - b.violations ||
    priorityOf(firstA) - priorityOf(firstB) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    (startOf(firstA) === startOf(firstB) ? (a.nodeName < b.nodeName ? -1 : 1) : startOf(firstA) > startOf(firstB) ? -1 : 1)
  );
}
