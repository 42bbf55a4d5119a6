import { type Container, milliValue, type Pod, qosOf, quantityValue } from '@steersman/types';
import { isSidecar } from './restart-policy.ts';

/** The kernel's unit: a container that asks for one core has 1024 shares. */
const SHARES_PER_CPU = 1024;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const PERIOD_US = 100_000;
const MIN_QUOTA_US = 1_000;

export interface CgroupLimits {
  readonly cpuShares: number;
  /** Absent where the cpu is not limited. */
  readonly cpuQuotaUs?: number;
  readonly cpuPeriodUs: number;
  /** 0 where memory is not limited. */
  readonly memoryBytes: number;
}

export const cpuShares = (milli: number): number =>
  milli === 0 ? MIN_SHARES : Math.min(Math.max(Math.floor((milli * SHARES_PER_CPU) / 1000), MIN_SHARES), MAX_SHARES);

export const cpuQuotaUs = (milli: number): number => Math.max((milli * PERIOD_US) / 1000, MIN_QUOTA_US);

export function containerLimits({ resources }: Container): CgroupLimits {
  const limitMilli = milliValue(resources?.limits?.['cpu']);
  const requestMilli = resources?.requests?.['cpu'] === undefined ? limitMilli : milliValue(resources.requests['cpu']);
  return limitsOf({ requestMilli, limitMilli, memoryBytes: quantityValue(resources?.limits?.['memory']) });
}

/** What the whole pod may use: containers side by side, or the largest init container, with the sidecars started before it. */
export function podLimits({ spec }: Pod): CgroupLimits {
  const every = [...(spec.initContainers ?? []), ...spec.containers];
  const isLimited = (name: string): boolean => every.every(({ resources }) => resources?.limits?.[name] !== undefined);
  return limitsOf({
    requestMilli: effective(spec, ({ resources }) => milliValue(resources?.requests?.['cpu'] ?? resources?.limits?.['cpu'])),
    limitMilli: isLimited('cpu') ? effective(spec, ({ resources }) => milliValue(resources?.limits?.['cpu'])) : 0,
    memoryBytes: isLimited('memory') ? effective(spec, ({ resources }) => quantityValue(resources?.limits?.['memory'])) : 0,
  });
}

/** Memory requests decide who is killed first when the node runs out (upstream's kubelet/qos/policy.go). */
export function oomScoreAdjust(pod: Pod, { resources }: Container, memoryCapacityBytes: number): number {
  const qos = qosOf(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = quantityValue(resources?.requests?.['memory']);
  return Math.min(Math.max(1000 - Math.floor((1000 * request) / memoryCapacityBytes), 3), 999);
}

function effective({ initContainers = [], containers }: Pod['spec'], amount: (container: Container) => number): number {
  let sidecars = 0;
  let peak = 0;
  for (const container of initContainers) {
    if (isSidecar(container)) sidecars += amount(container);
    peak = Math.max(peak, isSidecar(container) ? sidecars : sidecars + amount(container));
  }
  return Math.max(peak, sidecars + containers.reduce((sum, container) => sum + amount(container), 0));
}

const limitsOf = (of: { readonly requestMilli: number; readonly limitMilli: number; readonly memoryBytes: number }): CgroupLimits => ({
  cpuShares: cpuShares(of.requestMilli),
  ...(of.limitMilli > 0 && { cpuQuotaUs: cpuQuotaUs(of.limitMilli) }),
  cpuPeriodUs: PERIOD_US,
  memoryBytes: of.memoryBytes,
});
