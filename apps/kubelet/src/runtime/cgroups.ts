import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const MOUNT = '/sys/fs/cgroup';

/** Removes the cgroup of a pod that has ended, in every hierarchy; runc has made it and removes the containers' only. */
export function removeCgroup(path: string, mount = MOUNT): void {
  const hierarchies = existsSync(join(mount, 'cgroup.controllers')) ? [mount] : readdirSync(mount).map(name => join(mount, name));
  for (const hierarchy of hierarchies) removeFolder(join(hierarchy, path));
}

function removeFolder(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFolder(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch (err) {
    // A process is still on its way out: the next clean-up finds an empty one.
    if (!['EBUSY', 'ENOENT'].includes((err as NodeJS.ErrnoException).code ?? '')) throw err;
  }
}
