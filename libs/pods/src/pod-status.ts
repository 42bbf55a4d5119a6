import { type Pod, type PodStatus, qosOf } from '@steersman/types';
import { containerStatuses, type StatusInput } from './container-statuses.ts';
import { isFinished } from './is-finished.ts';
import { podConditions } from './pod-conditions.ts';
import { podPhase } from './pod-phase.ts';

export interface PodStatusInput extends StatusInput {
  /** As it stood before. */
  readonly previous: PodStatus;
  readonly hostIps: readonly string[];
  /** RFC 3339, whole seconds. */
  readonly now: string;
  /** The kubelet has ended the pod for a reason of its own, such as a deadline. */
  readonly verdict?: { readonly reason: string; readonly message: string };
}

/** All a kubelet says of a pod, from what the spec wants and the runtime has. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, observed, previous, hostIps, now, verdict } = input;
  if (isTerminal(previous.phase) && observed.containers.length === 0) return previous; // its containers are gone, what they came to is not
  const statuses = containerStatuses(input);
  const isOver = input.isStopped === true || isFinished(pod, observed);
  const phase = isTerminal(previous.phase) ? previous.phase : verdict ? 'Failed' : podPhase(pod, statuses, { isFinished: isOver });
  const [sandbox] = observed.sandboxes;
  const hasSandbox = sandbox?.isReady === true;
  const ips = pod.spec.hostNetwork ? (sandbox ? hostIps : []) : sandbox && sandbox.ips.length > 0 ? sandbox.ips : knownIps(previous);
  const reason = verdict?.reason ?? previous.reason;
  const message = verdict?.message ?? previous.message;
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: podConditions({ pod, phase, statuses, hasSandbox, previous: previous.conditions ?? [], now }),
    ...(reason && { reason }),
    ...(message && { message }),
    ...(hostIps[0] && { hostIP: hostIps[0], hostIPs: hostIps.map(ip => ({ ip })) }),
    ...(ips[0] && { podIP: ips[0], podIPs: ips.map(ip => ({ ip })) }),
    startTime: previous.startTime ?? now,
    ...(statuses.init.length > 0 && { initContainerStatuses: statuses.init }),
    containerStatuses: statuses.main,
    ...(statuses.ephemeral.length > 0 && { ephemeralContainerStatuses: statuses.ephemeral }),
    qosClass: qosOf(pod),
    ...(previous.nominatedNodeName && { nominatedNodeName: previous.nominatedNodeName }),
  };
}

/** Of a pod its node does not run: nothing was ever made of it (upstream's rejectPod). */
export const refusedStatus = (pod: Pod, { reason, message }: { readonly reason: string; readonly message: string }): PodStatus => ({
  ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  phase: 'Failed',
  reason,
  message: `Pod was rejected: ${message}`,
  qosClass: qosOf(pod),
});

const isTerminal = (phase: string | undefined): phase is 'Succeeded' | 'Failed' => phase === 'Succeeded' || phase === 'Failed';

const knownIps = ({ podIPs = [] }: PodStatus): readonly string[] => podIPs.map(({ ip }) => ip);
