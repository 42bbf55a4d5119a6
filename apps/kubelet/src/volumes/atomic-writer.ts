import { chmod, chown, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

export interface VolumeFile {
  readonly data: Buffer;
  readonly mode: number;
}

/** Files by their path in the volume. */
export type VolumeFiles = ReadonlyMap<string, VolumeFile>;

const DATA = '..data';

/**
 * Makes a folder show exactly `files`, all changes in one instant: the files live in a folder of their own, `..data` is a
 * link to it that is replaced by a rename, and what a container opens are links through `..data` (upstream's AtomicWriter).
 */
export async function writeAtomically(folder: string, files: VolumeFiles, group?: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const current = await readlink(join(folder, DATA)).catch(() => undefined); // the first time there is none
  if (current !== undefined && (await isSame(join(folder, current), files))) {
    await linkNames(folder, files);
    return;
  }
  const version = await mkdtemp(join(folder, `..${new Date().toISOString().slice(0, 19).replace(/[-:T]/g, '_')}.`));
  await chmod(version, 0o755);
  for (const [path, { data, mode }] of files) {
    const file = join(version, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, data);
    await chmod(file, group === undefined ? mode : mode | 0o040);
    if (group !== undefined) await chown(file, -1, group);
  }
  const link = join(folder, `${DATA}_tmp`);
  await rm(link, { force: true });
  await symlink(version.slice(folder.length + 1), link);
  await rename(link, join(folder, DATA));
  await linkNames(folder, files);
  await removeStale(folder, files, version);
}

/** Only the first part of each path is a link: whole folders change at once. */
const topNames = (files: VolumeFiles): ReadonlySet<string> => new Set([...files.keys()].map(path => path.split(sep)[0] ?? path));

async function linkNames(folder: string, files: VolumeFiles): Promise<void> {
  for (const name of topNames(files)) {
    await symlink(join(DATA, name), join(folder, name)).catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'EEXIST') throw err;
    });
  }
}

async function removeStale(folder: string, files: VolumeFiles, version: string): Promise<void> {
  const names = topNames(files);
  for (const name of await readdir(folder)) {
    if (name === DATA || names.has(name) || join(folder, name) === version) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function isSame(version: string, files: VolumeFiles): Promise<boolean> {
  const entries = await readdir(version, { recursive: true, withFileTypes: true }).catch(() => []); // a link to nothing differs from anything
  const present = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name).slice(version.length + 1));
  if (present.length !== files.size) return false;
  for (const path of present) {
    const wanted = files.get(path);
    if (!wanted || !wanted.data.equals(await readFile(join(version, path)))) return false;
  }
  return true;
}
