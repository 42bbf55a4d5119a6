import { readdirSync, readFileSync } from 'node:fs';

/** Variable by which a run knows its own containers: others may be under way on this machine. */
export const MARK = `E2E_${process.pid}`;

/** Host pids of the first processes of containers that carry `name=value` in their environment. */
export function containerPids(name: string, value: string): readonly number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .filter(pid => read(`/proc/${pid}/environ`).split('\0').includes(`${name}=${value}`) && isFirst(pid))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The same for every value of `name`. */
export function containersMarked(name: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const pid of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    const entry = read(`/proc/${pid}/environ`)
      .split('\0')
      .find(text => text.startsWith(`${name}=`));
    if (entry === undefined || !isFirst(pid)) continue;
    const value = entry.slice(name.length + 1);
    found.set(value, [...(found.get(value) ?? []), Number(pid)]);
  }
  return found;
}

/** Process 1 of a namespace below ours. */
function isFirst(pid: string): boolean {
  const [line = ''] = /^NSpid:.*$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  const pids = line.trim().split(/\s+/).slice(1);
  return pids.length > 1 && pids.at(-1) === '1';
}

/** Empty for a process that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
