import type { Pod, PodSpec } from '../../gen/types.ts';
import { compareQuantities, parseQuantity } from '../../quantity.ts';

const COUNTED = ['cpu', 'memory'] as const;
const isPositive = (quantity: string | undefined): quantity is string => (parseQuantity(quantity ?? '')?.nano ?? 0n) > 0n;

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Guaranteed when every container limits cpu and memory to what it requests, BestEffort when none asks for any. */
export function qosClass({ containers, initContainers = [] }: PodSpec): QosClass {
  const all = [...initContainers, ...containers];
  const asksNothing = all.every(({ resources }) =>
    COUNTED.every(name => !isPositive(resources?.requests?.[name]) && !isPositive(resources?.limits?.[name])),
  );
  if (asksNothing) return 'BestEffort';
  const isGuaranteed = all.every(({ resources }) =>
    COUNTED.every(name => {
      const limit = resources?.limits?.[name];
      return isPositive(limit) && compareQuantities(resources?.requests?.[name] ?? limit, limit) === 0;
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

export const qosOf = (pod: Pod): QosClass => (pod.status.qosClass as QosClass | undefined) ?? qosClass(pod.spec);
