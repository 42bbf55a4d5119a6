import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@steersman/async';
import { type Layout, MARKER } from '../cluster/layout.ts';
import type { ClusterState, NodeState } from '../cluster/state.ts';
import { groupOf, nodeLayout } from '../components/plan-node.ts';
import { endAll } from '../down/end-all.ts';
import { processesIn, removeGroup } from '../machine/cgroups.ts';
import { commandLine, type ProcessId, processesWith } from '../machine/processes.ts';
import { dismantleNode } from './ensure-nodes.ts';

const GROUP_MS = 5_000;
const POLL_MS = 20;

export interface EndDeps {
  readonly layout: Layout;
  readonly state: ClusterState;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Turns a node off whose own programs have ended: its containers end as with its power, and its cable is out. */
export async function endNode(node: NodeState, deps: EndDeps): Promise<void> {
  const { layout, state, clock, signal } = deps;
  const files = nodeLayout(layout, node.name);
  const group = groupOf(state.name, node.name);
  const left = (): readonly ProcessId[] => [...processesIn(group), ...shimsOf(layout, files)];
  await endAll(left, { graceMs: 0, clock, signal });
  await dismantleNode(node, deps);
  rmSync(join(files.run, 'boot'), { force: true }); // it will start as a machine does, without what its runtime knew
}

/** Shims know the runtime they are for by its socket. */
const shimsOf = ({ dataDir }: Layout, { containerdSocket }: Layout): readonly ProcessId[] =>
  processesWith(MARKER, dataDir).filter(({ pid }) => commandLine(pid).includes(containerdSocket));

/** Everything on disk of a node that has been turned off, and its cgroup. */
export async function forgetNode({ name }: NodeState, { layout, state, clock, signal }: EndDeps): Promise<void> {
  const deadline = clock.now() + GROUP_MS;
  const group = groupOf(state.name, name);
  while (removeGroup(group).length > 0 && clock.now() < deadline) await clock.sleep(POLL_MS, signal);
  rmSync(layout.node(name), { recursive: true, force: true });
  for (const certificate of [`kubelet-${name}`, `kubelet-serving-${name}`]) {
    for (const kind of ['crt', 'key']) rmSync(join(layout.pki, `${certificate}.${kind}`), { force: true });
  }
}
