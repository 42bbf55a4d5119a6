import type { NodeTable } from '../node-table.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { SpreadConstraint } from './pod-relations.ts';
import type { Tally } from './tally.ts';

export interface DomainCounts {
  /** By domain; domains without a row that counts have a negative number. */
  readonly counts: Float64Array;
  /** Domains with a row that counts. */
  readonly domains: number;
  /** In the emptiest of them. */
  readonly least: number;
}

/** Pods by domain, over the rows that count for the constraint. */
export function domainCounts(
  { end }: NodeTable,
  { view }: PodGroup,
  {
    constraint,
    tally,
    eligible,
  }: { readonly constraint: SpreadConstraint; readonly tally: Tally; readonly eligible: (row: number) => boolean },
): DomainCounts {
  const counts = new Float64Array(tally.topology.end).fill(-1);
  for (let row = 0; row < end; row++) {
    const domain = tally.topology.domainOf(row);
    if (domain < 0 || !eligible(row)) continue;
    if (constraint.honorsAffinity && !view.choosable[row]) continue;
    if (constraint.honorsTaints && !view.tolerable[row]) continue;
    counts[domain] = Math.max(0, counts[domain] ?? 0) + tally.onRow(row);
  }
  const known = counts.filter(count => count >= 0);
  return { counts, domains: known.length, least: known.length === 0 ? 0 : Math.min(...known) };
}
