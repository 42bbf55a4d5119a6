import { mkdirSync } from 'node:fs';
import type { ConfigOf } from '@steersman/config';
import { connectApi, listNodes } from '../cluster/api.ts';
import { type Chosen, chooseCluster, requireRoot } from '../cluster/choose-cluster.ts';
import { ensureState, refuseTakenPort } from '../cluster/ensure-state.ts';
import type { Layout } from '../cluster/layout.ts';
import { lock } from '../cluster/lock.ts';
import { observe, supervisorOf } from '../cluster/records.ts';
import { type ClusterState, readState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import type { upSettings } from '../command/settings.ts';
import { seconds } from '../command/steps.ts';
import { compileCache, programOf } from '../components/plan-components.ts';
import { finder } from '../machine/programs.ts';
import { enableUnit } from '../systemd/unit.ts';
import { awaitReady } from './await-ready.ts';
import { ensurePrograms } from './ensure-programs.ts';
import { forgetLastBoot } from './forget-boot.ts';
import { wishedCapacity } from '../nodes/plan-nodes.ts';
import { introduce } from './introduce.ts';
import { prepare } from './prepare.ts';
import { startSupervisor, stopSupervisor } from './start-supervisor.ts';

type UpConfig = ConfigOf<typeof upSettings>;

export interface UpRequest {
  readonly config: UpConfig;
  /** Settings given by flag. */
  readonly given: ReadonlySet<string>;
}

/** Makes the cluster run, whatever it was before, and returns once its node is Ready. */
export async function up({ config, given }: UpRequest, context: Context): Promise<void> {
  const { clock, out, registry, signal, env } = context;
  const started = clock.now();
  const chosen = chooseCluster(config, registry);
  requireRoot('up');
  const { layout } = chosen;
  const known = readState(layout.dataDir);
  if (known && (await isWell(chosen, known, context))) return;
  const port = given.has('port') ? config.port : undefined;
  if (port !== undefined && known?.ports.api !== port) await refuseTakenPort(port);

  out.print(`${out.paint('bold', 'Steersman')} brings up cluster ${out.paint('bold', chosen.name)} in ${layout.dataDir}`);
  const find = finder(env['PATH']);
  await context.steps.run(
    'programs',
    () => ensurePrograms(find, config, context),
    () => 'containerd, runc, CNI, nats-server, nft',
  );
  using _ = await lock(layout.lock, {
    clock,
    signal,
    onWait: pid => out.print(`  waiting for process ${pid}, which works on this cluster`),
  });
  // Another `up` may have done it all meanwhile.
  const made = readState(layout.dataDir);
  if (made && (await isWell(chosen, made, context))) return;
  await stopSupervisor(layout, { clock, signal }); // one that is left of a cluster that runs in part would fight over its files

  const wishes = {
    port,
    nodeName: config.nodeName || undefined,
    nodeIp: config.nodeIp || undefined,
    dev: config.dev,
    allInOne: given.has('allInOne') ? config.allInOne : undefined,
    nodes: given.has('nodes') ? config.nodes : undefined,
    capacity: wishedCapacity(config),
    overlay: given.has('overlay') ? config.overlay : undefined,
  };
  const state = await ensureState(chosen, { registry, wishes, clock, signal });
  for (const dir of [layout.logs, layout.store]) mkdirSync(dir, { recursive: true, mode: 0o750 });
  forgetLastBoot(layout);
  await prepare({ layout, state, find, context });
  const program = programOf(context.root, { app: 'supervisor', dev: state.dev });
  await startSupervisor(program, { env: { ...env, NODE_COMPILE_CACHE: compileCache(context.root) } }, { layout, clock, signal });
  await awaitReady({ layout, state, context });
  if (config.systemd)
    await context.steps.run(
      'systemd',
      () => enableUnit(chosen, context),
      unit => `${unit} brings it back after a reboot`,
    );
  const commands = introduce({ layout, state, find, context });
  out.print(
    `\nThe node is ${out.paint('green', 'Ready')} after ${seconds(clock.now() - started)}. Next:\n\n${commands.map(line => `  ${line}`).join('\n')}\n`,
  );
}

const isRunning = (layout: Layout): boolean =>
  supervisorOf(layout) !== undefined && observe(layout).every(({ state }) => state === 'running');

/** Says that there is nothing to do when all runs and the node is Ready; an `up` that was interrupted leaves less. */
async function isWell({ name, layout }: Chosen, state: ClusterState, { out, signal }: Context): Promise<boolean> {
  if (!isRunning(layout)) return false;
  using api = connectApi(layout, state);
  const nodes = await listNodes(api, signal).catch(() => []);
  if (!nodes.some(node => node.name === state.nodeName && node.isReady)) return false;
  const said = nodes.map(node => `node ${node.name} is ${node.isReady ? 'Ready' : `not Ready: ${node.message}`}`);
  out.print(`Cluster ${name} is running already; ${said.join(', ')}. See: steersman status --name ${name}`);
  return true;
}
