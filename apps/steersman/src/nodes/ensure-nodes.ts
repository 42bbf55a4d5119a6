import type { Layout } from '../cluster/layout.ts';
import { type ClusterState, nodesOf, type NodeState } from '../cluster/state.ts';
import { groupOf, nodeLayout } from '../components/plan-node.ts';
import { forgetLastBoot } from '../up/forget-boot.ts';
import { limitGroup } from './capacity.ts';
import { ensureNamespaces, removeNamespaces } from './namespaces.ts';
import { ensureCable, ensureSwitch, removeCable, removeSwitch } from './switch.ts';

export interface NodesOptions {
  readonly layout: Layout;
  readonly state: ClusterState;
  readonly switchRange: string;
  readonly signal: AbortSignal;
}

/** Switch, namespaces, cables and limits of every node that is on; can be called again. */
export async function ensureNodes(options: NodesOptions): Promise<void> {
  const { layout, state, signal } = options;
  await ensureSwitch(options);
  if (state.capacity) limitGroup(groupOf(state.name, state.nodeName), state.capacity);
  for (const node of nodesOf(state).filter(({ isStopped }) => !isStopped)) {
    const files = nodeLayout(layout, node.name);
    forgetLastBoot(files);
    await ensureNamespaces({ folder: files.namespaces, hostname: node.name, signal });
    await ensureCable(node, files.namespaces, options);
    limitGroup(groupOf(state.name, node.name), node);
  }
}

/** What a node whose programs have ended leaves in the kernel. */
export async function dismantleNode(node: NodeState, { layout, state, signal }: Omit<NodesOptions, 'switchRange'>): Promise<void> {
  await removeCable(state.name, node, signal);
  await removeNamespaces(nodeLayout(layout, node.name).namespaces, signal);
}

export async function dismantleNodes(options: Omit<NodesOptions, 'switchRange'>): Promise<void> {
  for (const node of nodesOf(options.state)) await dismantleNode(node, options);
  await removeSwitch(options.state.name, options.signal);
}
