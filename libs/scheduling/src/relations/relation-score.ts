import type { PodGroup } from '../pod-groups.ts';
import type { RelationTable } from './relation-table.ts';

/** Upstream's weights. */
const WEIGHT = { affinity: 2, spread: 2 } as const;

/** What the pods elsewhere make of each candidate, weighted; undefined when they make no difference. */
export function relationScores(relations: RelationTable, group: PodGroup, candidates: Int32Array): Float64Array | undefined {
  const parts = [
    { weight: WEIGHT.affinity, scores: affinityScores(relations, group, candidates) },
    { weight: WEIGHT.spread, scores: spreadScores(relations, group, candidates) },
  ];
  const total = new Float64Array(candidates.length);
  for (const { weight, scores } of parts)
    if (scores) for (let at = 0; at < total.length; at++) total[at] = (total[at] ?? 0) + weight * (scores[at] ?? 0);
  return parts.some(({ scores }) => scores) ? total : undefined;
}

/** 0 to 100, the least liked to the best liked. */
function affinityScores(relations: RelationTable, group: PodGroup, candidates: Int32Array): Float64Array | undefined {
  const own = group.relations.preferences.map(term => ({ weight: term.weight, tally: relations.tally('pods', term) }));
  const others = relations.about(group, 'drawing').map(tally => ({ weight: 1, tally }));
  const all = [...own, ...others];
  if (all.length === 0) return undefined;
  const raw = new Float64Array(candidates.length);
  for (const { weight, tally } of all) {
    for (let at = 0; at < raw.length; at++) raw[at] = (raw[at] ?? 0) + weight * tally.around(candidates[at] ?? 0);
  }
  let [least, most] = [Infinity, -Infinity];
  for (const score of raw) [least, most] = [Math.min(least, score), Math.max(most, score)];
  return most === least ? undefined : raw.map(score => (100 * (score - least)) / (most - least));
}

/** 100 for the emptiest domains down to 0, over all constraints together; domains of many count more than those of few. */
function spreadScores(relations: RelationTable, { relations: { softSpread } }: PodGroup, candidates: Int32Array): Float64Array | undefined {
  if (softSpread.length === 0) return undefined;
  const raw = new Float64Array(candidates.length);
  const ignored = new Uint8Array(candidates.length);
  for (const constraint of softSpread) {
    const tally = relations.tally('staying', constraint);
    const { topology } = tally;
    const weight = Math.log(topology.size + 2);
    for (let at = 0; at < raw.length; at++) {
      const row = candidates[at] ?? 0;
      if (topology.domainOf(row) >= 0) raw[at] = (raw[at] ?? 0) + tally.around(row) * weight + constraint.maxSkew - 1;
      else if (!constraint.isDefault) ignored[at] = 1;
    }
  }
  let [least, most] = [Infinity, 0];
  for (let at = 0; at < raw.length; at++) {
    if (ignored[at] === 0) [least, most] = [Math.min(least, raw[at] ?? 0), Math.max(most, raw[at] ?? 0)];
  }
  for (let at = 0; at < raw.length; at++) {
    raw[at] = ignored[at] === 1 ? 0 : most === 0 ? 100 : (100 * (most + least - (raw[at] ?? 0))) / most;
  }
  return raw;
}
