import type { Pod } from '@steersman/types';
import { isReady, readySince } from '../pods.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

export interface RankingOptions {
  /** Active pods of the owner's siblings, by node: of two pods the one with more company goes first. */
  readonly related: readonly Pod[];
  readonly now: Date;
}

/**
 * The pods to give up first, upstream's order (pkg/controller/controller_utils.go, ActivePodsWithRanks): not yet placed,
 * not running, not ready, cheap, crowded, ready for a short time, restarted often, young.
 */
export function podsToDelete(pods: readonly Pod[], count: number, { related, now }: RankingOptions): readonly Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const { spec } of related) perNode.set(spec.nodeName ?? '', (perNode.get(spec.nodeName ?? '') ?? 0) + 1);
  return [...pods].sort((a, b) => compare(a, b, { perNode, now })).slice(0, count);
}

interface Ranking {
  readonly perNode: ReadonlyMap<string, number>;
  readonly now: Date;
}

function compare(a: Pod, b: Pod, { perNode, now }: Ranking): number {
  const company = (pod: Pod): number => perNode.get(pod.spec.nodeName ?? '') ?? 0;
  return (
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
    phaseOrder(a) - phaseOrder(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    company(b) - company(a) ||
    byAge(readySince(a), readySince(b), { a, b, now }) ||
    restarts(b) - restarts(a) ||
    byAge(Date.parse(a.metadata.creationTimestamp), Date.parse(b.metadata.creationTimestamp), { a, b, now })
  );
}

const phaseOrder = ({ status }: Pod): number => PHASE_ORDER[status.phase ?? ''] ?? 0;

const deletionCost = ({ metadata }: Pod): number => {
  const text = metadata.annotations?.[DELETION_COST] ?? '0';
  return /^[+-]?\d+$/.test(text) ? Number(text) : 0;
};

const restarts = ({ status }: Pod): number => Math.max(0, ...(status.containerStatuses ?? []).map(({ restartCount }) => restartCount));

/** Younger first, but ages within one power of two count as the same, and then the uid decides: not always the newest pods go. */
function byAge(
  aSince: number | undefined,
  bSince: number | undefined,
  { a, b, now }: { readonly a: Pod; readonly b: Pod; readonly now: Date },
): number {
  if (aSince === undefined || bSince === undefined || aSince === bSince) return 0;
  const magnitude = (since: number): number => (now.getTime() > since ? Math.trunc(Math.log2((now.getTime() - since) * 1e6)) : -1);
  return magnitude(aSince) - magnitude(bSince) || (a.metadata.uid < b.metadata.uid ? -1 : 1);
}
