import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ConfigOf } from '@steersman/config';
import { ensureBundles } from '../bundle/bundles.ts';
import { connectApi, listNodes } from '../cluster/api.ts';
import { type Chosen, chooseCluster, requireRoot } from '../cluster/choose-cluster.ts';
import { ensureState, refuseTakenPort } from '../cluster/ensure-state.ts';
import { writeJson } from '../cluster/json-file.ts';
import type { Layout } from '../cluster/layout.ts';
import { lock } from '../cluster/lock.ts';
import { observe, supervisorOf } from '../cluster/records.ts';
import { type ClusterState, readState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import type { upSettings } from '../command/settings.ts';
import { seconds } from '../command/steps.ts';
import { UserError } from '../command/user-error.ts';
import { writeAddons } from '../components/addons.ts';
import { containerdConfig } from '../components/containerd-config.ts';
import { natsConfig } from '../components/nats-config.ts';
import { compileCache, planComponents, programOf } from '../components/plan-components.ts';
import { type Certificates, ensureCertificates, ensureNatsUsers } from '../components/secrets.ts';
import { SANDBOX_IMAGE } from '../image/sandbox-image.ts';
import { hasCapability } from '../machine/capabilities.ts';
import { cniDir, type Finder, finder } from '../machine/programs.ts';
import { enableUnit } from '../systemd/unit.ts';
import { awaitReady } from './await-ready.ts';
import { ensurePrograms } from './ensure-programs.ts';
import { forgetLastBoot } from './forget-boot.ts';
import { introduce } from './introduce.ts';
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
  };
  const state = await ensureState(chosen, { registry, wishes, clock, signal });
  const { logs, cniConf, cniState, store, kubelet, podLogs, manifests, containerd } = layout;
  for (const dir of [logs, cniConf, cniState, store, kubelet, podLogs, manifests, containerd]) {
    mkdirSync(dir, { recursive: true, mode: 0o750 });
  }
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

interface Preparation {
  readonly layout: Layout;
  readonly state: ClusterState;
  readonly find: Finder;
  readonly context: Context;
}

/** Everything on disk that the programs need. */
async function prepare({ layout, state, find, context }: Preparation): Promise<void> {
  const { steps, clock, root, env } = context;
  if (!state.dev) {
    await steps.run(
      'bundles',
      () => ensureBundles(root),
      built => (built.length === 0 ? 'as the sources are' : `${built.length} built`),
    );
  }
  const certificates = await steps.run(
    'certificates',
    async () => ensureCertificates(layout, state, clock.wall()),
    made => countNew(Object.values(made)),
  );
  await steps.run(
    'configuration',
    async () => configure({ layout, state, find, certificates, root, env }),
    () => `API on port ${state.ports.api}, pods in ${state.podRange}, services in ${state.serviceRange}`,
  );
}

function countNew(certificates: readonly { readonly isNew: boolean }[]): string {
  const count = certificates.filter(({ isNew }) => isNew).length;
  return count === 0 ? 'as they were' : `${count} made`;
}

interface Configuration extends Omit<Preparation, 'context'>, Pick<Context, 'root' | 'env'> {
  readonly certificates: Certificates;
}

function configure({ layout, state, find, certificates, root, env }: Configuration): void {
  const program = (name: string): string => {
    const file = find(name);
    if (file === undefined) throw new UserError(`${name} is not on PATH`);
    return file;
  };
  const { nats, authority } = certificates;
  const files = { certFile: nats.certFile, keyFile: nats.keyFile, caFile: authority.certFile };
  const natsText = natsConfig({ port: state.ports.nats, ...files, users: ensureNatsUsers(layout, state.name) });
  writeFileSync(layout.natsConfig, natsText, { mode: 0o600 });
  const mayLowerOomScore = hasCapability('SYS_RESOURCE', readFileSync('/proc/self/status', 'utf8'));
  const containerd = { layout, sandboxImage: SANDBOX_IMAGE, cniBinDir: cniDir(find), mayLowerOomScore };
  writeFileSync(layout.containerdConfig, containerdConfig(containerd), { mode: 0o600 });
  const programs = { node: process.execPath, containerd: program('containerd'), nats: program('nats-server') };
  writeAddons(root, layout, state);
  const plan = planComponents({ root, layout, state, certificates, programs, env });
  if (plan.allInOne) writeJson(layout.allInOne, plan.allInOne);
  writeJson(layout.plan, { components: plan.components });
}
