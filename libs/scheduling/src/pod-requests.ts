import { milliValue, type Pod, type PodSpec, quantityValue } from '@steersman/types';

/** What a container that asks for nothing is taken to need when nodes are compared (upstream's numbers): else all such pods end on one node. */
const USUAL: Readonly<Record<string, number>> = { cpu: 100, memory: 200 * 2 ** 20 };

type Amounts = Map<string, number>;
type Container = PodSpec['containers'][number];
type ReadAmounts = (container: Container) => Amounts;

export interface PodRequests {
  /** CPU in thousandths of a core, all else in units (bytes, pieces). */
  readonly amounts: ReadonlyMap<string, number>;
  /** For comparing nodes: with the usual needs in place of none. */
  readonly scored: { readonly cpu: number; readonly memory: number };
}

/**
 * What a pod holds on its node: the sum of its containers and side cars, or the most any moment of its initialisation
 * needs if that is more, and the overhead of its runtime. A request at pod level stands for those of the containers.
 */
export function podRequests({ spec }: Pod): PodRequests {
  const scored = total(spec, container => withUsual(requestsOf(container)));
  return { amounts: total(spec, requestsOf), scored: { cpu: scored.get('cpu') ?? 0, memory: scored.get('memory') ?? 0 } };
}

const amountOf = (resource: string, quantity: string): number => (resource === 'cpu' ? milliValue(quantity) : quantityValue(quantity));

const read = (quantities: Readonly<Record<string, string>> = {}): Amounts =>
  new Map(Object.entries(quantities).map(([resource, quantity]) => [resource, amountOf(resource, quantity)]));

const requestsOf: ReadAmounts = ({ resources }) => read(resources?.requests);

const withUsual = (amounts: Amounts): Amounts => new Map([...Object.entries(USUAL), ...amounts]);

function total({ containers, initContainers = [], overhead, resources }: PodSpec, requests: ReadAmounts): Amounts {
  const sum: Amounts = new Map();
  for (const container of containers) add(sum, requests(container));
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of initContainers) {
    const own = requests(container);
    if (container.restartPolicy === 'Always') {
      add(sum, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      add(own, sidecars);
      raise(peak, own);
    }
  }
  raise(sum, peak);
  for (const [resource, amount] of read(resources?.requests)) sum.set(resource, amount);
  add(sum, read(overhead));
  return sum;
}

function add(into: Amounts, amounts: Amounts): void {
  for (const [resource, amount] of amounts) into.set(resource, (into.get(resource) ?? 0) + amount);
}

function raise(into: Amounts, amounts: Amounts): void {
  for (const [resource, amount] of amounts) into.set(resource, Math.max(into.get(resource) ?? 0, amount));
}
