import { mkdir, stat, writeFile } from 'node:fs/promises';
import type { Stats } from 'node:fs';

/** A path of the node, checked (or made) as its type demands. */
export async function hostPathOf({ path, type = '' }: { readonly path: string; readonly type?: string }): Promise<string> {
  if (type === '') return path;
  const found = await stat(path).catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return undefined;
    throw err;
  });
  if (!found && type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  else if (!found && type === 'FileOrCreate') await writeFile(path, '', { mode: 0o644 });
  else if (!found || !IS[type]?.(found)) throw new Error(`hostPath type check failed: ${path} is not ${WHAT[type] ?? `of type ${type}`}`);
  return path;
}

const IS: Readonly<Record<string, (found: Stats) => boolean>> = {
  Directory: found => found.isDirectory(),
  DirectoryOrCreate: found => found.isDirectory(),
  File: found => found.isFile(),
  FileOrCreate: found => found.isFile(),
  Socket: found => found.isSocket(),
  CharDevice: found => found.isCharacterDevice(),
  BlockDevice: found => found.isBlockDevice(),
};

const WHAT: Readonly<Record<string, string>> = {
  Directory: 'a directory',
  DirectoryOrCreate: 'a directory',
  File: 'a file',
  FileOrCreate: 'a file',
  Socket: 'a socket',
  CharDevice: 'a character device',
  BlockDevice: 'a block device',
};
