import type { NodeCondition } from '@steersman/types';
import type { RuntimeStatus } from '@steersman/cri';
import type { Pressure } from './machine.ts';

/** Upstream's default eviction thresholds. */
const MEMORY_BYTES = 100 * 1024 * 1024;
const DISK_SHARE = 0.1;
const INODES_SHARE = 0.05;
const PIDS = 1_000;
/** How long pressure is told after it was last there (upstream's eviction-pressure-transition-period). */
export const PRESSURE_HOLD_MS = 300_000;

export interface ConditionInput {
  readonly runtime: RuntimeStatus | undefined;
  readonly pressure: Pressure;
  readonly previous: readonly NodeCondition[];
  /** When each pressure was last there, milliseconds on the monotonic clock; kept up to date here. */
  readonly lastPressure: Map<string, number>;
  readonly nowMs: number;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

type Verdict = Pick<NodeCondition, 'type' | 'reason' | 'message'> & { readonly status: 'True' | 'False' };

/** The conditions of the node, each with the time of its last change. */
export function nodeConditions(input: ConditionInput): NodeCondition[] {
  const { pressure, previous, now } = input;
  const verdicts = [
    held(input, 'MemoryPressure', pressure.memoryAvailableBytes < MEMORY_BYTES, [
      'KubeletHasInsufficientMemory',
      'kubelet has insufficient memory available',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ]),
    held(input, 'DiskPressure', pressure.diskAvailableShare < DISK_SHARE || pressure.diskInodesFreeShare < INODES_SHARE, [
      'KubeletHasDiskPressure',
      'kubelet has disk pressure',
      'KubeletHasNoDiskPressure',
      'kubelet has no disk pressure',
    ]),
    held(input, 'PIDPressure', pressure.pidsAvailable < PIDS, [
      'KubeletHasInsufficientPID',
      'kubelet has insufficient PID available',
      'KubeletHasSufficientPID',
      'kubelet has sufficient PID available',
    ]),
    ready(input.runtime),
  ];
  return verdicts.map(verdict => {
    const before = previous.find(({ type }) => type === verdict.type);
    const lastTransitionTime = before?.status === verdict.status ? (before.lastTransitionTime ?? now) : now;
    return { ...verdict, lastHeartbeatTime: now, lastTransitionTime };
  });
}

type Words = readonly [bad: string, badMessage: string, good: string, goodMessage: string];

/** Pressure that comes and goes is told as lasting: pods would be moved to and fro otherwise. */
function held(
  { lastPressure, nowMs }: ConditionInput,
  type: string,
  isThere: boolean,
  [bad, badMessage, good, goodMessage]: Words,
): Verdict {
  if (isThere) lastPressure.set(type, nowMs);
  const last = lastPressure.get(type);
  const isTold = last !== undefined && nowMs - last < PRESSURE_HOLD_MS;
  return isTold
    ? { type, status: 'True', reason: bad, message: badMessage }
    : { type, status: 'False', reason: good, message: goodMessage };
}

function ready(runtime: RuntimeStatus | undefined): Verdict {
  const type = 'Ready';
  const faults = runtime ? runtime.conditions.filter(({ status }) => !status).map(faultText) : ['container runtime is down'];
  if (faults.length === 0) return { type, status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
  return { type, status: 'False', reason: 'KubeletNotReady', message: faults.join(', ') };
}

const faultText = ({ type, reason, message }: RuntimeStatus['conditions'][number]): string =>
  `${type === 'NetworkReady' ? 'container runtime network not ready' : 'container runtime not ready'}: ${type}=false reason:${reason} message:${message}`;
