import { readdirSync, readFileSync } from 'node:fs';

/** Host pids of the first processes of containers that carry `name=value` in their environment. */
export function containerPids(name: string, value: string): readonly number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .filter(pid => read(`/proc/${pid}/environ`).split('\0').includes(`${name}=${value}`) && isFirst(pid))
    .map(Number)
    .sort((a, b) => a - b);
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
