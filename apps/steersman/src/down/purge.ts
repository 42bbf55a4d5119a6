import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@steersman/async';
import type { Chosen } from '../cluster/choose-cluster.ts';
import { type Layout, OWN_FOLDERS } from '../cluster/layout.ts';
import { readState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import { UserError } from '../command/user-error.ts';
import { removeFromKubeconfig } from '../kubeconfig/user-kubeconfig.ts';
import { removeEmptyGroup, removeGroup } from '../machine/cgroups.ts';
import { linksInto, removeLinks } from '../machine/links.ts';
import { unmountBelow } from '../machine/mounts.ts';
import { removeUnit } from '../systemd/unit.ts';
import { removeSwitch } from '../nodes/switch.ts';
import { removeTables } from '../machine/tables.ts';

/** Fixed in containerd 1.6: sockets of its shims, for all instances of a machine. */
const SHIM_SOCKETS = '/run/containerd/s';
/** Fixed in libcni: what plugins answered, one file per interface, for all networks of a machine. */
const CNI_RESULTS = '/var/lib/cni/results';
const GROUP_MS = 5_000;
const POLL_MS = 20;

/** Removes what a stopped cluster leaves outside of processes. */
export async function purge({ name, layout }: Chosen, { clock, signal }: Context): Promise<void> {
  const kubeconfig = readState(layout.dataDir)?.kubeconfig;
  const sockets = shimSockets(layout);
  const links = await linksInto(join(layout.containerdState, 'io.containerd.grpc.v1.cri', 'netns'), signal);
  await unmountBelow(layout.dataDir, signal);
  await removeLinks(links, signal);
  await removeSwitch(name, signal);
  await removeTables(`steersman-${name}`, signal);
  await removeGroups(name, clock, signal);
  for (const socket of sockets) rmSync(socket, { force: true });
  removeEmpty([SHIM_SOCKETS, join(SHIM_SOCKETS, '..')]);
  removeCniResults(layout);
  await removeUnit(name, signal);
  if (kubeconfig !== undefined) removeFromKubeconfig(kubeconfig, name);
  for (const folder of OWN_FOLDERS) rmSync(join(layout.dataDir, folder), { recursive: true, force: true });
  removeEmpty([layout.dataDir]); // something else of the user may be in it
}

/** The shim's own note of where it listens is in each container's folder. */
function shimSockets({ containerdState }: Layout): readonly string[] {
  const bundles = join(containerdState, 'io.containerd.runtime.v2.task', 'k8s.io');
  if (!existsSync(bundles)) return [];
  return readdirSync(bundles)
    .map(id => join(bundles, id, 'address'))
    .filter(file => existsSync(file))
    .map(file => readFileSync(file, 'utf8').trim().replace('unix://', ''))
    .filter(socket => socket.startsWith(`${SHIM_SOCKETS}/`));
}

/** The kernel takes a moment to let go of a group whose last process has just ended. */
async function removeGroups(name: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const group = `/steersman/${name}`;
  const deadline = clock.now() + GROUP_MS;
  for (let left = removeGroup(group); left.length > 0; left = removeGroup(group)) {
    if (clock.now() > deadline)
      throw new UserError(`these cgroups are still in use: ${left.join(', ')}`, { hint: 'end what runs in them, then purge again' });
    await clock.sleep(POLL_MS, signal);
  }
  removeEmptyGroup('/steersman'); // stays when another cluster is in it
}

function removeCniResults({ dataDir }: Layout): void {
  if (!existsSync(CNI_RESULTS)) return;
  for (const entry of readdirSync(CNI_RESULTS)) {
    const file = join(CNI_RESULTS, entry);
    if (resultMentions(file, dataDir)) rmSync(file, { force: true });
  }
  removeEmpty([CNI_RESULTS, join(CNI_RESULTS, '..')]);
}

/** A result names our folder in the network's configuration, which is in base64, or as the place of the network namespace. */
function resultMentions(file: string, dataDir: string): boolean {
  try {
    const text = readFileSync(file, 'utf8');
    const { config = '' } = JSON.parse(text) as { config?: string };
    return [text, Buffer.from(config, 'base64').toString('utf8')].some(part => part.includes(`${dataDir}/`));
  } catch {
    return false; // another program's file, in a form of its own
  }
}

function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch {
      return; // not there, or not empty: others use it
    }
  }
}
