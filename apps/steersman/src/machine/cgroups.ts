import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessId, processId } from './processes.ts';

/** Every hierarchy of this machine: one per controller with version 1, one in all with version 2. */
const mounts = (): readonly string[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path = '']) => path);

/** The group and everything below it in every hierarchy, the deepest first. */
const groups = (group: string): readonly string[] => mounts().flatMap(mount => tree(join(mount, group)));

function tree(folder: string): readonly string[] {
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory());
    return [...below.flatMap(entry => tree(join(folder, entry.name))), folder];
  } catch {
    return []; // not in this hierarchy
  }
}

/** Processes in a group and below it. */
export function processesIn(group: string): readonly ProcessId[] {
  const pids = groups(group).flatMap(folder => read(join(folder, 'cgroup.procs')).split('\n').filter(Boolean));
  return [...new Set(pids)].flatMap(pid => processId(Number(pid)) ?? []);
}

/** Removes what is empty of a group; tells what is not yet. */
export const removeGroup = (group: string): readonly string[] => groups(group).filter(folder => !removed(folder));

/** Removes the group itself where nothing is in it, and nothing below it. */
export function removeEmptyGroup(group: string): void {
  for (const mount of mounts()) removed(join(mount, group));
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
