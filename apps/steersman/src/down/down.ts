import { existsSync } from 'node:fs';
import type { ConfigOf } from '@steersman/config';
import { type Chosen, chooseCluster, requireRoot } from '../cluster/choose-cluster.ts';
import { ALL_IN_ONE, type Layout, MARKER } from '../cluster/layout.ts';
import { lock } from '../cluster/lock.ts';
import { observe, supervisorOf } from '../cluster/records.ts';
import type { Context } from '../command/context.ts';
import type { downSettings } from '../command/settings.ts';
import { readState } from '../cluster/state.ts';
import { UserError } from '../command/user-error.ts';
import { nodeLayout } from '../components/plan-node.ts';
import { processesIn } from '../machine/cgroups.ts';
import { isAlive, type ProcessId, processesWith, signalProcess } from '../machine/processes.ts';
import { dismantleNodes } from '../nodes/ensure-nodes.ts';
import { endAll } from './end-all.ts';
import { purge } from './purge.ts';

const SUPERVISOR_GRACE_MS = 3_000;
const COMPONENT_GRACE_MS = 8_000;
const CONTAINER_GRACE_MS = 10_000;
/** The kubelet's longest grace period, and a while for it to see to that. */
const SHUTDOWN_MS = 70_000;
const POLL_MS = 50;

/** Stops the cluster; with `--purge` nothing of it is left. Works on whatever part of it there is. */
export async function down({ config }: { readonly config: ConfigOf<typeof downSettings> }, context: Context): Promise<void> {
  const { out, registry, clock, signal } = context;
  const chosen = chooseCluster(config, registry);
  requireRoot('down');
  const { layout, name } = chosen;
  const isThere = existsSync(layout.run) || registry.dataDirOf(name) !== undefined;
  if (!isThere && processesWith(MARKER, layout.dataDir).length === 0) {
    return out.print(`There is no cluster "${name}" in ${layout.dataDir}: nothing to do.`);
  }
  if (config.purge && !config.yes) await confirm(chosen, context);
  {
    using _ = await lock(layout.lock, {
      clock,
      signal,
      onWait: pid => out.print(`waiting for process ${pid}, which works on this cluster`),
    });
    await stop(chosen, context);
    if (config.purge)
      await context.steps.run(
        'traces',
        () => purge(chosen, context),
        () => 'no process, mount, link, rule, cgroup or file is left',
      );
  }
  if (config.purge) registry.remove(name);
  out.print(
    config.purge
      ? `Cluster ${name} is gone.`
      : `Cluster ${name} is down; its data is in ${layout.dataDir}. \`steersman up\` brings it back.`,
  );
}

async function confirm({ name, layout }: Chosen, { ask }: Context): Promise<void> {
  if (!ask) throw new UserError('--purge removes all data of the cluster', { hint: 'give --yes as well to say that you mean it' });
  const answer = await ask(`Remove cluster "${name}" and all its data in ${layout.dataDir}? Type its name to say yes: `);
  if (answer.trim() !== name) throw new UserError('nothing was removed');
}

/** First what would start things again, then pods while their runtime lives, then the rest. */
async function stop(chosen: Chosen, context: Context): Promise<void> {
  const { layout } = chosen;
  const { steps, clock, signal } = context;
  const end = (names: readonly string[]): Promise<void> =>
    endAll(() => running(layout, names), { graceMs: COMPONENT_GRACE_MS, clock, signal });
  await endAll(() => [supervisorOf(layout) ?? []].flat(), { graceMs: SUPERVISOR_GRACE_MS, clock, signal });
  await steps.run('pods', () => shutDownPods(chosen, context));
  await steps.run('kubelet', () => end(['kubelet', ALL_IN_ONE]));
  await steps.run(
    'runtime',
    () => endPods(chosen, context),
    count => `${count} stopped`,
  );
  await steps.run('control plane', () => end(['proxy', 'dns', 'scheduler', 'controller-manager', 'apiserver']));
  await steps.run('containerd, nats', () => end(['containerd', 'nats']));
  // Shims of containers whose runtime was dead, and whatever no record knows of.
  await endAll(() => processesWith(MARKER, layout.dataDir), { graceMs: COMPONENT_GRACE_MS, clock, signal });
  const state = readState(layout.dataDir);
  if (state?.switchRange !== undefined) await dismantleNodes({ layout, state, signal });
}

/** Those of the names, on every node. */
const running = (layout: Layout, names: readonly string[]): readonly ProcessId[] =>
  observe(layout).flatMap(({ name, pid, startTime }) =>
    names.includes(name.split('@')[0] ?? '') && pid !== undefined && startTime !== undefined ? [{ pid, startTime }] : [],
  );

/** The kubelet knows how each pod wants to end; what it leaves is stopped without it. */
async function shutDownPods({ name, layout }: Pick<Chosen, 'name' | 'layout'>, { clock, signal }: Context): Promise<void> {
  const kubelets = running(layout, ['kubelet', ALL_IN_ONE]);
  for (const kubelet of kubelets) signalProcess(kubelet, 'SIGPWR');
  const deadline = clock.now() + SHUTDOWN_MS;
  const isGoing = (): boolean => kubelets.some(isAlive) && processesIn(`/steersman/${name}`).length > 0;
  while (isGoing() && clock.now() < deadline) await clock.sleep(POLL_MS, signal);
}

/** Through the runtime; where it is dead, by signals. */
async function endPods({ name, layout }: Chosen, { clock, signal }: Context): Promise<number> {
  const group = `/steersman/${name}`;
  const nodes = readState(layout.dataDir)?.nodes ?? [];
  const runtimes = running(layout, ['containerd']).length > 0 ? [layout, ...nodes.map(node => nodeLayout(layout, node.name))] : [];
  const counts = await Promise.all(runtimes.map(files => stopThroughRuntime(files, signal)));
  const count = counts.reduce<number>((sum, stopped) => sum + (stopped ?? 0), 0);
  const left = processesIn(group);
  await endAll(() => processesIn(group), { graceMs: CONTAINER_GRACE_MS, clock, signal });
  return Math.max(count, left.length);
}

async function stopThroughRuntime(layout: Layout, signal: AbortSignal): Promise<number | undefined> {
  if (!existsSync(layout.containerdSocket)) return undefined;
  const { stopPods } = await import('./stop-pods.ts'); // gRPC takes a while to load
  try {
    return await stopPods(layout, signal);
  } catch {
    signal.throwIfAborted();
    return undefined; // a runtime that is ill: what it does not stop gets signals
  }
}
