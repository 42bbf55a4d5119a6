import type { Pod } from '@steersman/types';
import { type NeighbourPass, REFUSAL } from './neighbour-pass.ts';
import { type NodeTable, type ShapeView, VERDICT } from './node-table.ts';
import { fits } from './placement.ts';

/** Nodes compared before one is taken: more would hardly be better, and every one costs. */
const ENOUGH = 100;

/** A pod that is somewhere. */
export interface Resident {
  readonly pod: Pod;
  readonly view: ShapeView;
  readonly priority: number;
  readonly leaving: boolean;
}

export interface Preemption {
  readonly row: number;
  /** None when pods that are going anyway make room enough. */
  readonly victims: readonly Pod[];
}

export interface PreemptionInput {
  readonly table: NodeTable;
  readonly view: ShapeView;
  readonly pass: NeighbourPass | undefined;
  readonly priority: number;
  readonly residentsOf: (row: number) => readonly Resident[];
}

/** Where, and at whose cost, room could be made for a pod: by pods of lower priority only, and no more of them than needed. */
export function findPreemption({ table, view, pass, priority, residentsOf }: PreemptionInput): Preemption | undefined {
  let best: Candidate | undefined;
  let found = 0;
  for (let row = 0; row < table.end && found < ENOUGH; row++) {
    if (view.verdicts[row] !== VERDICT.fits || (pass && pass.refusal(row) !== REFUSAL.none)) continue;
    const lower = residentsOf(row).filter(resident => resident.priority < priority);
    const victims = lower.length === 0 ? undefined : victimsOn(table, view, { row, lower });
    if (!victims) continue;
    found++;
    const candidate = { row, victims, name: table.nameOf(row) };
    if (!best || costs(candidate, best) < 0) best = candidate;
  }
  return best && { row: best.row, victims: best.victims.map(({ pod }) => pod) };
}

interface Candidate {
  readonly row: number;
  readonly victims: readonly Resident[];
  readonly name: string;
}

/** All of lower priority go, then as many as fit come back, the most important first; undefined when it would not do. */
function victimsOn(
  table: NodeTable,
  view: ShapeView,
  { row, lower }: { readonly row: number; readonly lower: readonly Resident[] },
): readonly Resident[] | undefined {
  for (const resident of lower) table.account(resident.view, row, -1);
  const gone = new Set(lower);
  const victims: Resident[] = [];
  const isEnough = fits(table, view, row);
  for (const resident of isEnough ? [...lower].filter(({ leaving }) => !leaving).sort(byImportance) : []) {
    table.account(resident.view, row, 1);
    gone.delete(resident);
    if (fits(table, view, row)) continue;
    table.account(resident.view, row, -1);
    gone.add(resident);
    victims.push(resident);
  }
  for (const resident of gone) table.account(resident.view, row, 1);
  return isEnough ? victims : undefined;
}

const startOf = ({ pod }: Resident): string => pod.status.startTime ?? pod.metadata.creationTimestamp;

/** Higher priority first, then what has run for longer. */
const byImportance = (a: Resident, b: Resident): number => b.priority - a.priority || Date.parse(startOf(a)) - Date.parse(startOf(b));

/** Upstream's order: the least important victim at the top, the smallest sum, the fewest, those that started last. */
function costs(a: Candidate, b: Candidate): number {
  const top = ({ victims }: Candidate): number => Math.max(-Infinity, ...victims.map(({ priority }) => priority));
  // Shifted above 0, so that every victim adds to the sum.
  const sum = ({ victims }: Candidate): number => victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  const started = (candidate: Candidate): string =>
    candidate.victims
      .filter(({ priority }) => priority === top(candidate))
      .map(startOf)
      .sort()[0] ?? '';
  const [topA, topB] = [top(a), top(b)];
  if (topA !== topB) return topA - topB;
  const bySum = sum(a) - sum(b) || a.victims.length - b.victims.length;
  if (bySum !== 0) return bySum;
  if (started(a) !== started(b)) return started(a) > started(b) ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
