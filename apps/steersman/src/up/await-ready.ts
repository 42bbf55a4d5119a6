import { type Api, connectApi, listNodes, type NodeSummary } from '../cluster/api.ts';
import { type ComponentName, type Layout, processOf } from '../cluster/layout.ts';
import { observe } from '../cluster/records.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
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
        const node = await waitFor(processOf('kubelet', state), () => readyNode({ api, layout, state, signal }), { layout, clock, signal });
        await labelNode(api, node.name, signal);
        return node;
      },
      ({ version }) => `Ready, ${version}`,
    ),
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

/** The node when the kubelet that runs now has said that it is Ready: what an earlier one said does not count. */
async function readyNode({ api, layout, state, signal }: NodeQuestion): Promise<NodeSummary | undefined> {
  const startedAt = observe(layout).find(({ name }) => name === processOf('kubelet', state))?.startedAt;
  if (startedAt === undefined) return undefined;
  const since = Math.floor(Date.parse(startedAt) / 1_000) * 1_000; // API times are in whole seconds
  return (await listNodes(api, signal)).find(node => node.name === state.nodeName && node.isReady && node.heardAt >= since);
}

/** Its role is given by an administrator: NodeRestriction forbids a kubelet to give itself one. */
async function labelNode(api: Api, name: string, signal: AbortSignal): Promise<void> {
  const labels = { 'node-role.kubernetes.io/control-plane': '' };
  const { code, body } = await api.patch(`/api/v1/nodes/${name}`, { metadata: { labels } }, signal);
  if (code !== 200) throw new Error(`node ${name} could not be labelled: the API answered ${code}: ${body}`);
}
