import type { ContainerStatus, Pod, PodCondition } from '@steersman/types';
import { isInitialized } from './container-statuses.ts';
import { isSidecar } from './restart-policy.ts';
import type { PodPhase } from './pod-phase.ts';

export interface ConditionInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly statuses: { readonly init: readonly ContainerStatus[]; readonly main: readonly ContainerStatus[] };
  readonly hasSandbox: boolean;
  /** Conditions as they stood: what does not change keeps its transition time. */
  readonly previous: readonly PodCondition[];
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

type Verdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The conditions a kubelet owns, in upstream's order; those of others stay as they are. */
export function podConditions({ pod, phase, statuses, hasSandbox, previous, now }: ConditionInput): PodCondition[] {
  const containers = containersReady(pod, phase, statuses);
  const verdicts: readonly Verdict[] = [
    { type: 'PodReadyToStartContainers', status: hasSandbox ? 'True' : 'False' },
    initialized(pod, phase, statuses),
    ready(pod, containers, previous),
    { ...containers, type: 'ContainersReady' },
    { type: 'PodScheduled', status: 'True' },
  ];
  const own = verdicts.map(verdict => withTransition(verdict, previous, { now, generation: pod.metadata.generation }));
  return [...own, ...previous.filter(({ type }) => !own.some(condition => condition.type === type))];
}

function initialized({ spec }: Pod, phase: PodPhase, { init, main }: ConditionInput['statuses']): Verdict {
  const type = 'Initialized';
  const { initContainers = [] } = spec;
  const hasBegun = main.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  const missing = init.filter((status, at) => !isInitialized(status, initContainers[at])).map(({ name }) => name);
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  if (missing.length === 0 || hasBegun) return { type, status: 'True' };
  return {
    type,
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${missing.join(' ')}]`,
  };
}

function containersReady({ spec }: Pod, phase: PodPhase, { init, main }: ConditionInput['statuses']): Verdict {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const { initContainers = [] } = spec;
  const sidecars = init.filter((_, at) => initContainers[at] !== undefined && isSidecar(initContainers[at]));
  const unready = [...sidecars, ...main].filter(status => !status.ready).map(({ name }) => name);
  if (unready.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
}

function ready({ spec }: Pod, containers: Verdict, previous: readonly PodCondition[]): Verdict {
  const type = 'Ready';
  if (containers.status !== 'True') return { ...containers, type };
  const faults = (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = previous.find(condition => condition.type === conditionType);
    if (!found) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return found.status === 'True' ? [] : [`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`];
  });
  if (faults.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: faults.join(', ') };
}

function withTransition(
  verdict: Verdict,
  previous: readonly PodCondition[],
  { now, generation }: { readonly now: string; readonly generation: number | undefined },
): PodCondition {
  const before = previous.find(({ type }) => type === verdict.type);
  const { type, status, reason, message } = verdict;
  return {
    type,
    status,
    ...(reason && { reason }),
    ...(message && { message }),
    ...(generation !== undefined && { observedGeneration: generation }),
    lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? now) : now,
  };
}
