import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Capacity } from '../cluster/state.ts';

const MOUNT = '/sys/fs/cgroup';
/** The kernel's own default. */
const PERIOD_US = 100_000;

/** A file of a group, and what it shall say. */
export interface Limit {
  readonly file: string;
  readonly value: string;
}

/** Version 1 has a tree per controller, version 2 (`isUnified`) one tree in which controllers are handed down. */
export function limits(
  group: string,
  { cpuMillis, memoryBytes }: Capacity,
  { isUnified }: { readonly isUnified: boolean },
): readonly Limit[] {
  const quota = String(Math.round((cpuMillis * PERIOD_US) / 1_000));
  if (!isUnified) {
    return [
      { file: join('cpu', group, 'cpu.cfs_period_us'), value: String(PERIOD_US) },
      { file: join('cpu', group, 'cpu.cfs_quota_us'), value: quota },
      { file: join('memory', group, 'memory.limit_in_bytes'), value: String(memoryBytes) },
    ];
  }
  const parents = group.split('/').filter(Boolean).slice(0, -1);
  return [
    ...['', ...parents.map((_, at) => join(...parents.slice(0, at + 1)))].map(parent => ({
      file: join(parent, 'cgroup.subtree_control'),
      value: '+cpu +memory',
    })),
    { file: join(group, 'cpu.max'), value: `${quota} ${PERIOD_US}` },
    { file: join(group, 'memory.max'), value: String(memoryBytes) },
  ];
}

/** Makes the group of a node's pods and holds it to what the node reports. */
export function limitGroup(group: string, capacity: Capacity, mount = MOUNT): void {
  const isUnified = existsSync(join(mount, 'cgroup.controllers'));
  const wanted = limits(group, capacity, { isUnified });
  if (isUnified) mkdirSync(join(mount, group), { recursive: true });
  for (const { file, value } of wanted) {
    const path = join(mount, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, value);
  }
}

/** What each of `count` nodes gets of a machine. */
export const share = (machine: Capacity, count: number): Capacity => ({
  cpuMillis: Math.max(100, Math.floor(machine.cpuMillis / count)),
  memoryBytes: Math.floor(machine.memoryBytes / count),
});

export const machineCapacity = (): Capacity => ({ cpuMillis: availableParallelism() * 1_000, memoryBytes: totalmem() });
