import { isAlive, type ProcessId } from '../machine/processes.ts';
import type { ComponentRecord, Plan } from '../supervisor/plan.ts';
import { readJson } from './json-file.ts';
import { COMPONENTS, type Layout } from './layout.ts';

/** What runs, as records and the kernel say. */
export interface Observed {
  readonly name: string;
  /** `stopped`: there is no record; `dead`: its supervisor is gone too, so nobody starts it again. */
  readonly state: ComponentRecord['state'] | 'stopped' | 'dead';
  readonly pid?: number;
  readonly startTime?: string;
  readonly startedAt?: string;
  readonly restarts: number;
}

export function supervisorOf(layout: Layout): ProcessId | undefined {
  const id = readJson<ProcessId>(layout.record('supervisor'));
  return id && isAlive(id) ? id : undefined;
}

export function observe(layout: Layout): readonly Observed[] {
  const isSupervised = supervisorOf(layout) !== undefined;
  const names = readJson<Plan>(layout.plan)?.components.map(({ name }) => name) ?? COMPONENTS;
  return names.map(name => {
    const record = readJson<ComponentRecord>(layout.record(name));
    if (!record) return { name, state: 'stopped', restarts: 0 };
    const { pid, startTime, startedAt, restarts, state } = record;
    if (state !== 'running') return { name, state: isSupervised || state === 'failed' ? state : 'dead', restarts };
    if (pid === undefined || startTime === undefined || !isAlive({ pid, startTime })) {
      return { name, state: isSupervised ? 'waiting' : 'dead', restarts };
    }
    return { name, state, pid, startTime, restarts, ...(startedAt !== undefined && { startedAt }) };
  });
}
