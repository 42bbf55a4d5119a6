import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ensureBundles } from '../bundle/bundles.ts';
import { writeJson } from '../cluster/json-file.ts';
import type { Layout } from '../cluster/layout.ts';
import { type ClusterState, nodesOf } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import { UserError } from '../command/user-error.ts';
import { writeAddons } from '../components/addons.ts';
import { containerdConfig } from '../components/containerd-config.ts';
import { natsConfig } from '../components/nats-config.ts';
import { planComponents } from '../components/plan-components.ts';
import { nodeLayout } from '../components/plan-node.ts';
import {
  type Certificates,
  ensureCertificates,
  ensureNatsUsers,
  ensureNodeCertificates,
  type NodeCertificates,
} from '../components/secrets.ts';
import { SANDBOX_IMAGE } from '../image/sandbox-image.ts';
import { hasCapability } from '../machine/capabilities.ts';
import { cniDir, type Finder } from '../machine/programs.ts';
import { ensureNodes } from '../nodes/ensure-nodes.ts';
import { bridgeOf } from '../nodes/switch.ts';

export interface Preparation {
  readonly layout: Layout;
  readonly state: ClusterState;
  readonly find: Finder;
  readonly context: Context;
}

/** Everything on disk that the programs need. */
export async function prepare({ layout, state, find, context }: Preparation): Promise<void> {
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
  const nodeCertificates = ensureNodeCertificates(layout, state, clock.wall());
  await steps.run(
    'configuration',
    async () => configure({ layout, state, find, certificates, nodeCertificates, root, env }),
    () => `API on port ${state.ports.api}, pods in ${state.podRange}, services in ${state.serviceRange}`,
  );
  const { switchRange } = state;
  if (switchRange !== undefined) {
    await steps.run(
      'switch',
      () => ensureNodes({ layout, state, switchRange, signal: context.signal }),
      () => `${bridgeOf(state.name)}, nodes in ${switchRange}`,
    );
  }
}

function countNew(certificates: readonly { readonly isNew: boolean }[]): string {
  const count = certificates.filter(({ isNew }) => isNew).length;
  return count === 0 ? 'as they were' : `${count} made`;
}

interface Configuration extends Omit<Preparation, 'context'>, Pick<Context, 'root' | 'env'> {
  readonly certificates: Certificates;
  readonly nodeCertificates: Readonly<Record<string, NodeCertificates>>;
}

function configure({ layout, state, find, certificates, nodeCertificates, root, env }: Configuration): void {
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
  const containerd = { sandboxImage: SANDBOX_IMAGE, cniBinDir: cniDir(find), mayLowerOomScore };
  for (const files of [layout, ...nodesOf(state).map(({ name }) => nodeLayout(layout, name))]) {
    makeFolders(files);
    writeFileSync(files.containerdConfig, containerdConfig({ ...containerd, layout: files }), { mode: 0o600 });
  }
  const programs = { node: process.execPath, containerd: program('containerd'), nats: program('nats-server') };
  writeAddons(root, layout, state);
  const plan = planComponents({ root, layout, state, certificates, nodeCertificates, programs, env });
  if (plan.allInOne) writeJson(layout.allInOne, plan.allInOne);
  writeJson(layout.plan, { components: plan.components });
}

/** What a node needs, the first one or another. */
function makeFolders({ run, cniConf, cniState, kubelet, podLogs, manifests, containerd }: Layout): void {
  for (const dir of [run, cniConf, cniState, kubelet, podLogs, manifests, containerd]) mkdirSync(dir, { recursive: true, mode: 0o750 });
}
