import type { Node, Taint, Toleration } from '@steersman/types';
import { timeText } from '../times.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** Taints by which the scheduler sees a node's condition. */
const BY_CONDITION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
};
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const EVICTING = [NOT_READY, UNREACHABLE];
const OURS = new Set([...Object.values(BY_CONDITION).flatMap(byStatus => Object.values(byStatus)), UNSCHEDULABLE]);

/** The taints a node should have: everybody else's as they are, ours as its conditions say. Those that stand keep their time. */
export function wantedTaints({ spec, status }: Node, now: Date): readonly Taint[] {
  const present = spec.taints ?? [];
  const keys = (status.conditions ?? []).flatMap(condition => BY_CONDITION[condition.type]?.[condition.status] ?? []);
  if (spec.unschedulable) keys.push(UNSCHEDULABLE);
  const ours: Taint[] = keys.flatMap(key => {
    const noSchedule: Taint = { key, effect: 'NoSchedule', timeAdded: timeText(now) };
    return EVICTING.includes(key) ? [noSchedule, { key, effect: 'NoExecute', timeAdded: timeText(now) }] : [noSchedule];
  });
  const standing = (taint: Taint): Taint => present.find(same => same.key === taint.key && same.effect === taint.effect) ?? taint;
  return [...present.filter(({ key, effect }) => !isOurs(key, effect)), ...ours.map(standing)];
}

const isOurs = (key: string, effect: string): boolean =>
  OURS.has(key) && (effect === 'NoSchedule' || (effect === 'NoExecute' && EVICTING.includes(key)));

/** Why a pod may not stay on a node with these taints, as the time it has to go at; undefined when it may stay for ever. */
export function evictionTime(taints: readonly Taint[], tolerations: readonly Toleration[], now: Date): Date | undefined {
  const evicting = taints.filter(({ effect }) => effect === 'NoExecute');
  const times = evicting.map(taint => leavesAt(taint, tolerations, now)).filter(time => time !== undefined);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function leavesAt(taint: Taint, tolerations: readonly Toleration[], now: Date): number | undefined {
  const matching = tolerations.filter(toleration => tolerates(toleration, taint));
  const since = taint.timeAdded === undefined ? now.getTime() : Date.parse(taint.timeAdded);
  if (matching.length === 0) return since;
  const seconds = matching.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  return seconds.length === 0 ? undefined : since + Math.max(0, Math.min(...seconds)) * 1000;
}

function tolerates({ key = '', operator = 'Equal', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || (operator === 'Equal' && key !== '' && value === (taint.value ?? ''));
}
