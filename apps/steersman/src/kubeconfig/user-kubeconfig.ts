import { chownSync, existsSync, mkdirSync, readFileSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Access, writePrivate } from '@steersman/pki';
import { mergeContext, removeContext } from './merge-context.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface UserKubeconfig {
  readonly file: string;
  /** Of a new file; sudo's user keeps what is theirs. */
  readonly owner: Owner | undefined;
}

/** The file kubectl would write to for the person at the keyboard, also when they use sudo. */
export function userKubeconfig(env: Environment, passwd = '/etc/passwd'): UserKubeconfig {
  const [uid, gid] = [Number(env['SUDO_UID'] ?? 0), Number(env['SUDO_GID'] ?? 0)];
  const owner = uid > 0 ? { uid, gid } : undefined;
  const named = env['KUBECONFIG']?.split(delimiter).find(Boolean);
  const home = (owner && homeOf(owner.uid, passwd)) ?? homedir();
  return { file: named ?? join(home, '.kube', 'config'), owner };
}

function homeOf(uid: number, passwd: string): string | undefined {
  const line = readFileSync(passwd, 'utf8')
    .split('\n')
    .find(entry => entry.split(':')[2] === String(uid));
  return line?.split(':')[5];
}

/** Undefined when the name is taken by a context that is not ours. */
export function addToKubeconfig({ file, owner }: UserKubeconfig, access: Access): { readonly isCurrent: boolean } | undefined {
  const merged = mergeContext(existsSync(file) ? readFileSync(file, 'utf8') : '', access);
  if (!merged) return undefined;
  const folder = dirname(file);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    if (owner) chownSync(folder, owner.uid, owner.gid);
  }
  replace(file, merged.text, owner);
  return { isCurrent: merged.isCurrent };
}

/** A file, and a folder, that only we had filled go too. */
export function removeFromKubeconfig(file: string, name: string): void {
  if (!existsSync(file)) return;
  const rest = removeContext(readFileSync(file, 'utf8'), name);
  if (rest === undefined) return;
  if (rest !== '') return replace(file, rest, undefined);
  rmSync(realpathSync(file));
  try {
    rmdirSync(dirname(file));
  } catch {
    return; // kubectl's cache or other files are there
  }
}

/** Renamed into place where the file really is, so that a link stays one; its owner stays its owner. */
function replace(file: string, text: string, owner: Owner | undefined): void {
  const target = existsSync(file) ? realpathSync(file) : file;
  const keep = existsSync(target) ? statSync(target) : owner;
  writePrivate(target, text);
  if (keep) chownSync(target, keep.uid, keep.gid);
}
