import type { Container, PodSpec } from '../../gen/types.ts';
import { addQuantities, compareQuantities } from '../../quantity.ts';

export type Amounts = Readonly<Record<string, string>>;

export interface PodResources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/**
 * What a pod asks for and may use at most: the sum of its containers and side cars, or the most any moment of its
 * initialisation needs if that is more, and the overhead of its runtime. Amounts at pod level stand for those of the containers.
 */
export function podResources(spec: PodSpec): PodResources {
  const limits = total(spec, ({ resources }) => resources?.limits ?? {}, spec.resources?.limits);
  const overhead = spec.overhead ?? {};
  return {
    requests: sum(
      total(spec, ({ resources }) => resources?.requests ?? {}, spec.resources?.requests),
      overhead,
    ),
    // The overhead raises limits that are there; it is none by itself.
    limits: sum(limits, Object.fromEntries(Object.entries(overhead).filter(([name]) => name in limits))),
  };
}

function total({ containers, initContainers = [] }: PodSpec, read: (container: Container) => Amounts, ofPod: Amounts = {}): Amounts {
  let running = containers.map(read).reduce(sum, {});
  let sidecars: Amounts = {};
  let peak: Amounts = {};
  for (const container of initContainers) {
    const own = read(container);
    if (container.restartPolicy === 'Always') {
      running = sum(running, own);
      sidecars = sum(sidecars, own);
      peak = most(peak, sidecars);
    } else peak = most(peak, sum(own, sidecars));
  }
  return { ...most(running, peak), ...ofPod };
}

export function sum(a: Amounts, b: Amounts): Amounts {
  const both = { ...a };
  for (const [name, amount] of Object.entries(b)) both[name] = both[name] === undefined ? amount : addQuantities(both[name], amount);
  return both;
}

function most(a: Amounts, b: Amounts): Amounts {
  const both = { ...a };
  for (const [name, amount] of Object.entries(b))
    if (both[name] === undefined || compareQuantities(amount, both[name]) > 0) both[name] = amount;
  return both;
}
