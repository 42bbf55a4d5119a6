import { resolve } from 'node:path';
import { ConfigError } from '@steersman/config';
import { UserError } from '../command/user-error.ts';
import { type Layout, layoutOf } from './layout.ts';
import { type ClusterState, defaultDataDir, readState, type Registry } from './state.ts';

/** Names become parts of host names, cgroups and tables. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;
/** Socket paths end at 107 bytes (unix(7)); the longest below the folder is containerd/containerd.sock.ttrpc. */
const MAX_DATA_DIR_BYTES = 74;

export interface Chosen {
  readonly name: string;
  readonly layout: Layout;
}

/** The cluster meant by `--name` and `--data-dir`; without the second it is where the name was last put. */
export function chooseCluster({ name, dataDir }: { readonly name: string; readonly dataDir: string }, registry: Registry): Chosen {
  if (!NAME.test(name)) {
    throw new ConfigError([`--name: "${name}" is not a name: use at most 40 lower case letters, digits and dashes, such as "blue-2"`]);
  }
  const folder = dataDir === '' ? (registry.dataDirOf(name) ?? defaultDataDir(name)) : resolve(dataDir);
  if (Buffer.byteLength(folder) > MAX_DATA_DIR_BYTES) {
    throw new ConfigError([`--data-dir: "${folder}" is longer than ${MAX_DATA_DIR_BYTES} bytes, too long for sockets below it`]);
  }
  return { name, layout: layoutOf(folder) };
}

/** Further nodes have sockets in folders of their own, one level deeper. */
export function checkNodeFolders(layout: Layout, nodes: readonly { readonly name: string }[]): void {
  const long = nodes.map(({ name }) => layout.node(name)).find(folder => Buffer.byteLength(folder) > MAX_DATA_DIR_BYTES);
  if (long !== undefined) throw new ConfigError([`"${long}" is longer than ${MAX_DATA_DIR_BYTES} bytes, too long for sockets below it`]);
}

/** What is known of a cluster that must be there. */
export function stateOf({ name, layout }: Chosen, registry: Registry): ClusterState {
  const state = readState(layout.dataDir);
  if (state?.name === name) return state;
  if (process.getuid?.() !== 0)
    throw new UserError(`no cluster "${name}" in ${layout.dataDir} that you may see`, { hint: "clusters are root's: try again with sudo" });
  const others = registry.names();
  throw new UserError(`there is no cluster "${name}" in ${layout.dataDir}`, {
    hint: others.length > 0 ? `clusters of this machine: ${others.join(', ')}` : `\`steersman up --name ${name}\` makes one`,
  });
}

export function requireRoot(command: string): void {
  if (process.getuid?.() === 0) return;
  throw new UserError(`\`steersman ${command}\` must run as root: containers need namespaces, mounts and networks`, {
    hint: `try: sudo ./steersman ${command}`,
  });
}
