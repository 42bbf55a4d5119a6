import { type Api, connectApi, labelControlPlane, listNodes, type NodeSummary } from '../cluster/api.ts';
import { type ComponentName, type Layout, processOf } from '../cluster/layout.ts';
import { observe } from '../cluster/records.ts';
import { type ClusterState, nodesOf } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import { nodeLayout, onNode } from '../components/plan-node.ts';
import { ensureSandboxImage } from '../image/sandbox-image.ts';
import { isHealthy, isListening } from './conditions.ts';
import { waitFor } from './wait-for.ts';

export interface Awaited {
  readonly layout: Layout;
  readonly state: ClusterState;
  readonly context: Context;
}

/** Each component, all at once, and the node. */
export async function awaitReady({ layout, state, context }: Awaited): Promise<void> {
  const { steps, clock } = context;
  const stop = new AbortController(); // one that fails ends the waiting for the others
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const { ports } = state;
  using api = connectApi(layout, state);
  const ready = (name: ComponentName, check: () => Promise<boolean>, after?: () => Promise<void>): Promise<unknown> =>
    steps.run(name, async () => {
      await waitFor(processOf(name, state), check, { layout, clock, signal });
      await after?.();
    });
  const all = [
    ready('nats', () => isListening({ where: { host: '127.0.0.1', port: ports.nats }, starts: 'INFO ' })),
    ready(
      'containerd',
      () => isListening({ where: { path: layout.containerdSocket }, starts: '' }),
      () => ensureSandboxImage(layout, signal),
    ),
    ready('apiserver', async () => (await api.get('/readyz', signal)).code === 200),
    ready('scheduler', () => isHealthy(ports.scheduler)),
    ready('controller-manager', () => isHealthy(ports.controllerManager)),
    ready('kubelet', () => isHealthy(ports.kubeletHealth)),
    ready('proxy', () => isHealthy(ports.proxyHealth)),
    ready('dns', () => isHealthy(ports.dnsHealth)),
    steps.run(
      `node ${state.nodeName}`,
      async () => {
        const question = { api, layout, state, signal };
        const node = await waitFor(processOf('kubelet', state), () => readyNode(state.nodeName, question), { layout, clock, signal });
        await labelControlPlane(api, node, signal);
        return node;
      },
      ({ version }) => `Ready, ${version}`,
    ),
    ...nodesOf(state)
      .filter(({ isStopped }) => !isStopped)
      .map(({ name }) => awaitNode(name, { api, layout, state, context, signal })),
  ];
  try {
    await Promise.all(all);
  } catch (err) {
    stop.abort();
    await Promise.allSettled(all);
    throw err;
  }
}

interface NodeQuestion {
  readonly api: Api;
  readonly layout: Layout;
  readonly state: ClusterState;
  readonly signal: AbortSignal;
}

/** One of the further nodes of the machine: its runtime, with the image every pod needs, and its kubelet. */
export async function awaitNode(name: string, question: NodeQuestion & { readonly context: Context }): Promise<void> {
  const { layout, signal, context } = question;
  const wait = { layout, clock: context.clock, signal };
  const files = nodeLayout(layout, name);
  await context.steps.run(
    `node ${name}`,
    async () => {
      await waitFor(onNode('containerd', name), () => isListening({ where: { path: files.containerdSocket }, starts: '' }), wait);
      await ensureSandboxImage(files, signal);
      return await waitFor(onNode('kubelet', name), () => readyNode(name, question), wait);
    },
    ({ version }) => `Ready, ${version}`,
  );
}

/** The node when the kubelet that runs now has said that it is Ready: what an earlier one said does not count. */
async function readyNode(node: string, { api, layout, state, signal }: NodeQuestion): Promise<NodeSummary | undefined> {
  const kubelet = node === state.nodeName ? processOf('kubelet', state) : onNode('kubelet', node);
  const startedAt = observe(layout).find(({ name }) => name === kubelet)?.startedAt;
  if (startedAt === undefined) return undefined;
  const since = Math.floor(Date.parse(startedAt) / 1_000) * 1_000; // API times are in whole seconds
  return (await listNodes(api, signal)).find(({ name, isReady, heardAt }) => name === node && isReady && heardAt >= since);
}
