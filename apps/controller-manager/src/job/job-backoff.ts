import { backoffMs } from '@steersman/async';
import type { Pod } from '@steersman/types';

/** Upstream's: 10 s after the first failure, doubling to 10 min. */
const BACKOFF = { firstMs: 10_000, factor: 2, maxMs: 600_000, jitter: 0 };

/** How long to wait before failed pods are replaced: the longer, the more have failed since one last succeeded. */
export function replaceInMs({ failed, all }: { readonly failed: readonly Pod[]; readonly all: readonly Pod[] }, now: Date): number {
  const lastSuccess = Math.max(0, ...all.filter(({ status }) => status.phase === 'Succeeded').map(endOf));
  const ends = failed.map(endOf).filter(at => at > lastSuccess);
  if (ends.length === 0) return 0;
  return Math.max(0, Math.max(...ends) + backoffMs(ends.length, BACKOFF) - now.getTime());
}

function endOf({ metadata, status }: Pod): number {
  const ends = (status.containerStatuses ?? []).flatMap(({ state }) => Date.parse(state?.terminated?.finishedAt ?? '') || []);
  if (ends.length > 0) return Math.max(...ends);
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return Date.parse(metadata.deletionTimestamp ?? ready ?? metadata.creationTimestamp);
}
