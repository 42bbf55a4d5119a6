import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of others that a cluster runs on. */
export interface Program {
  readonly name: string;
  /** Of Debian. */
  readonly package: string;
  readonly why: string;
  /** The cluster works without it. */
  readonly isOptional?: boolean;
}

export const CNI_DIRS = ['/usr/lib/cni', '/opt/cni/bin'] as const;
/** A plugin that every collection of CNI plugins has. */
const CNI_PLUGIN = 'ptp';

export const PROGRAMS: readonly Program[] = [
  { name: 'containerd', package: 'containerd', why: 'runs containers' },
  { name: 'runc', package: 'runc', why: 'starts a container for containerd' },
  { name: CNI_PLUGIN, package: 'containernetworking-plugins', why: 'gives each pod its network' },
  { name: 'nats-server', package: 'nats-server', why: 'carries what many listen to: changes, logs, usage' },
  { name: 'nft', package: 'nftables', why: 'lets pods reach the world' },
  { name: 'ip', package: 'iproute2', why: "shows and removes pods' network links" },
  { name: 'mount', package: 'mount', why: "mounts pods' volumes" },
  { name: 'conntrack', package: 'conntrack', why: 'ends UDP flows to pods that are gone' },
  { name: 'kubectl', package: 'kubernetes-client', why: 'is how you talk to the cluster', isOptional: true },
];

export type Finder = (name: string) => string | undefined;

/** Looks along PATH, where administrators' programs are too, and in the folders of CNI plugins. */
export const finder = (path: string | undefined): Finder => {
  const folders = [
    ...new Set([...(path ?? '').split(delimiter).filter(Boolean), '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']),
  ];
  return name => (name === CNI_PLUGIN ? CNI_DIRS : folders).map(folder => join(folder, name)).find(isExecutable);
};

export const missingPrograms = (find: Finder): readonly Program[] => PROGRAMS.filter(({ name }) => find(name) === undefined);

export const cniDir = (find: Finder): string => join(find(CNI_PLUGIN) ?? join(CNI_DIRS[0], CNI_PLUGIN), '..');

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
