import { chmod, chown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const SETGID = 0o2000;

/** Lets a pod's fsGroup read and write everything in a volume; new files belong to it too. */
export async function giveToGroup(folder: string, group: number): Promise<void> {
  const { gid, mode } = await stat(folder);
  if (gid === group && (mode & SETGID) !== 0) return; // done before: what a container has changed since is its own business
  await give(folder, group);
}

async function give(folder: string, group: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await give(path, group);
    else if (entry.isFile()) {
      await chown(path, -1, group);
      await chmod(path, ((await stat(path)).mode & 0o777) | 0o060);
    }
  }
  await chown(folder, -1, group);
  await chmod(folder, ((await stat(folder)).mode & 0o777) | 0o070 | SETGID);
}
