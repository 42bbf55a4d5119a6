import { connectApi, listNodes, type NodeSummary } from '../cluster/api.ts';
import type { Layout } from '../cluster/layout.ts';
import { type Capacity, type ClusterState, nodesOf } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import { machineCapacity } from './capacity.ts';

const HEAD = ['NODE', 'STATE', 'ADDRESS', 'CPUS', 'MEMORY'] as const;

/** The nodes of this machine, as the state and the API know them. */
export async function printNodes(
  { layout, state }: { readonly layout: Layout; readonly state: ClusterState },
  { out, signal }: Context,
): Promise<void> {
  using api = connectApi(layout, state);
  const known = await listNodes(api, signal).catch(() => []); // a cluster that is down has nodes, too
  out.print(nodesTable(state, known));
}

export function nodesTable(state: ClusterState, known: readonly NodeSummary[], machine: Capacity = machineCapacity()): string {
  const stateOf = (name: string): string => {
    const found = known.find(node => node.name === name);
    return found === undefined ? 'unknown' : found.isReady ? 'Ready' : 'not Ready';
  };
  const first = { name: state.nodeName, ip: state.nodeIp, isStopped: false, ...(state.capacity ?? machine) };
  const rows = [first, ...nodesOf(state)].map(({ name, ip, isStopped, cpuMillis, memoryBytes }) => [
    name,
    isStopped ? 'off' : stateOf(name),
    ip,
    String(cpuMillis / 1_000),
    `${Math.floor(memoryBytes / 1024 ** 2)} MiB`,
  ]);
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map(cells => cells[column]?.length ?? 0)) + 2);
  return all
    .map(cells =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
