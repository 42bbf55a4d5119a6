import { ConfigError } from '@steersman/config';
import { type Capacity, type ClusterState, nodesOf, type NodeState } from '../cluster/state.ts';
import { UserError } from '../command/user-error.ts';
import { machineAddress } from '../machine/network.ts';
import { addressAt, freeRange, SWITCH_RANGES } from '../machine/ranges.ts';
import { machineCapacity, share } from './capacity.ts';
import { gatewayOf } from './switch.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, k: 1e3, M: 1e6, G: 1e9 };
const MIN_MEMORY_BYTES = 64 * 1024 ** 2;
/** The address of the machine is the first; the last one is that of broadcasts. */
const [FIRST_ADDRESS, LAST_ADDRESS] = [2, 254];

/** What `--node-cpus` and `--node-memory` say. */
export function wishedCapacity({ nodeCpus, nodeMemory }: { readonly nodeCpus: string; readonly nodeMemory: string }): Partial<Capacity> {
  const cpus = /^\d+(\.\d+)?$/.test(nodeCpus) ? Number(nodeCpus) : 0;
  const [, amount = '', unit = ''] = /^(\d+)(Ki|Mi|Gi|k|M|G)?$/.exec(nodeMemory) ?? [];
  const memoryBytes = Number(amount) * (UNITS[unit] ?? 0);
  const problems = [
    ...(nodeCpus !== '' && cpus < 0.1 ? [`--node-cpus: "${nodeCpus}" is not a number of CPUs from 0.1 on`] : []),
    ...(nodeMemory !== '' && memoryBytes < MIN_MEMORY_BYTES ? [`--node-memory: "${nodeMemory}" is not an amount from 64Mi on`] : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...(nodeCpus !== '' && { cpuMillis: Math.round(cpus * 1_000) }), ...(nodeMemory !== '' && { memoryBytes }) };
}

export interface NodeWishes {
  /** Nodes in all; undefined leaves them as they are. */
  readonly nodes: number | undefined;
  readonly capacity: Partial<Capacity>;
  readonly overlay: ClusterState['overlay'];
  readonly nodeIp?: string | undefined;
}

/** The state with as many nodes as wished. A cluster of one node has no switch. */
export function withNodes(state: ClusterState, { nodes, capacity, overlay, nodeIp }: NodeWishes, taken: readonly string[]): ClusterState {
  const count = nodesOf(state).length + 1;
  const wanted = nodes ?? count;
  if (wanted < count) {
    throw new UserError(`the cluster has ${count} nodes, not ${wanted}`, { hint: 'steersman node remove NAME takes one away' });
  }
  const isNew = state.switchRange === undefined;
  if (wanted === 1 && isNew) return state;
  const each = { ...share(machineCapacity(), wanted), ...capacity };
  let joined = switched({ ...state, ...(overlay && { overlay }) }, taken, nodeIp);
  if (isNew) joined = { ...joined, capacity: each };
  while (nodesOf(joined).length + 1 < wanted) joined = withNode(joined, { name: freeName(joined), ...each });
  return joined;
}

/** Joined to the switch, where nodes reach the first one. */
export function switched(state: ClusterState, taken: readonly string[], nodeIp?: string): ClusterState {
  const switchRange = state.switchRange ?? freeRange(SWITCH_RANGES, taken);
  if (switchRange === undefined) throw new UserError('no free address range for nodes: this machine routes them all already');
  return { overlay: 'host-gw', ...state, switchRange, nodeIp: nodeIp ?? gatewayOf(switchRange), machineIp: machineAddress() };
}

export function withNode(state: ClusterState, node: Pick<NodeState, 'name'> & Capacity): ClusterState {
  const nodes = nodesOf(state);
  const given = new Set(nodes.map(({ ip }) => ip));
  const addresses = Array.from({ length: LAST_ADDRESS - FIRST_ADDRESS + 1 }, (_, at) =>
    addressAt(state.switchRange ?? '', FIRST_ADDRESS + at),
  );
  const ip = addresses.find(address => !given.has(address));
  if (ip === undefined) throw new UserError(`the switch has no address left in ${state.switchRange}`);
  return { ...state, nodes: [...nodes, { ...node, ip, isStopped: false }] };
}

function freeName(state: ClusterState): string {
  const given = new Set([state.nodeName, ...nodesOf(state).map(({ name }) => name)]);
  for (let number = 2; ; number++) if (!given.has(`node${number}`)) return `node${number}`;
}
