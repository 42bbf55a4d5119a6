import type { Pod, StatefulSet } from '@steersman/types';
import { scaled } from '../amounts.ts';
import { hasEnded } from '../pods.ts';
import { ordinalOf, revisionOf } from './stateful-pod.ts';

export interface StatefulFacts {
  readonly pods: readonly Pod[];
  /** Name of the revision pods are to be brought to. */
  readonly updateRevision: string;
  readonly isAvailable: (pod: Pod) => boolean;
}

export interface StatefulStep {
  /** Ordinals without a pod. */
  readonly create: readonly number[];
  readonly delete: readonly Pod[];
  /** Pods that have ended and make way for their successors. */
  readonly replace: readonly Pod[];
}

const NOTHING: StatefulStep = { create: [], delete: [], replace: [] };

const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

export const partitionOf = ({ spec }: StatefulSet): number => spec.updateStrategy?.rollingUpdate?.partition ?? 0;

export const firstOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;

/**
 * What may happen now. In order, a pod follows only when all before it are available, and goes only when all after it are
 * gone; in parallel everything happens at once. Updates go from the highest ordinal down, either way.
 */
export function statefulStep(set: StatefulSet, facts: StatefulFacts): StatefulStep {
  const first = firstOrdinal(set);
  const byOrdinal = new Map(facts.pods.flatMap(pod => [[ordinalOf(set, pod) ?? -1, pod] as const]));
  const slots = Array.from({ length: set.spec.replicas ?? 1 }, (_, at) => ({ ordinal: first + at, pod: byOrdinal.get(first + at) }));
  const wanted = new Set(slots.map(({ ordinal }) => ordinal));
  const condemned = [...byOrdinal]
    .filter(([ordinal]) => !wanted.has(ordinal))
    .sort(([a], [b]) => b - a)
    .map(([, pod]) => pod);
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel';
  const moves = isOrdered
    ? (orderedFill(slots, facts) ?? orderedShrink(slots, condemned, facts))
    : merged(parallelFill(slots), { ...NOTHING, delete: condemned.filter(pod => !isLeaving(pod)) });
  if (moves && isOrdered) return moves;
  const update = set.spec.updateStrategy?.type === 'RollingUpdate' ? updateStep(set, slots, facts) : NOTHING;
  return merged(moves ?? NOTHING, update);
}

const merged = (a: StatefulStep, b: StatefulStep): StatefulStep => ({
  create: [...a.create, ...b.create],
  delete: [...a.delete, ...b.delete],
  replace: [...a.replace, ...b.replace],
});

interface Slot {
  readonly ordinal: number;
  readonly pod: Pod | undefined;
}

/** The first slot that is not as it should be decides, and nothing else happens meanwhile; undefined when all are. */
function orderedFill(slots: readonly Slot[], { isAvailable }: StatefulFacts): StatefulStep | undefined {
  for (const { ordinal, pod } of slots) {
    if (!pod) return { ...NOTHING, create: [ordinal] };
    if (hasEnded(pod) && !isLeaving(pod)) return { ...NOTHING, replace: [pod] };
    if (isLeaving(pod) || !isAvailable(pod)) return NOTHING;
  }
  return undefined;
}

const parallelFill = (slots: readonly Slot[]): StatefulStep => ({
  create: slots.flatMap(({ ordinal, pod }) => (pod ? [] : [ordinal])),
  delete: [],
  replace: slots.flatMap(({ pod }) => (pod && hasEnded(pod) && !isLeaving(pod) ? [pod] : [])),
});

/** The highest goes first, when it is available or itself the only trouble; undefined when none is too many. */
function orderedShrink(slots: readonly Slot[], condemned: readonly Pod[], { isAvailable }: StatefulFacts): StatefulStep | undefined {
  const [last] = condemned;
  if (!last) return undefined;
  if (condemned.some(isLeaving)) return NOTHING;
  const firstUnhealthy = [...slots.flatMap(({ pod }) => pod ?? []), ...condemned.toReversed()].find(pod => !isAvailable(pod));
  return isAvailable(last) || firstUnhealthy === last ? { ...NOTHING, delete: [last] } : NOTHING;
}

/** Old pods from the highest ordinal down to the partition, no more at a time than may be missing. */
function updateStep(set: StatefulSet, slots: readonly Slot[], { updateRevision, isAvailable }: StatefulFacts): StatefulStep {
  const maxUnavailable = Math.max(1, scaled(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, slots.length, Math.floor));
  const targets = slots.slice(partitionOf(set)).toReversed();
  const isOld = (pod: Pod): boolean => revisionOf(pod) !== updateRevision && !isLeaving(pod);
  const missing = targets.filter(({ pod }) => !pod || isLeaving(pod) || (!isOld(pod) && !isAvailable(pod))).length;
  const old = targets.flatMap(({ pod }) => (pod && isOld(pod) ? [pod] : []));
  return { ...NOTHING, delete: old.slice(0, Math.max(0, maxUnavailable - missing)) };
}
