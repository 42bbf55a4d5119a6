import { rmSync } from 'node:fs';
import { readJson } from '../cluster/json-file.ts';
import type { Layout } from '../cluster/layout.ts';
import { observe } from '../cluster/records.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import { compileCache, programOf } from '../components/plan-components.ts';
import { endAll } from '../down/end-all.ts';
import type { Component, Plan } from '../supervisor/plan.ts';
import { startSupervisor, stopSupervisor } from '../up/start-supervisor.ts';

const COMPONENT_GRACE_MS = 3_000;

/** Components that are planned no more, or are to run otherwise than they do. */
export function outdated(before: readonly Component[], after: readonly Component[]): readonly string[] {
  const essence = ({ command, args, enter }: Component): string => JSON.stringify([enter, command, args]);
  const wanted = new Map(after.map(component => [component.name, essence(component)] as const));
  return before.filter(component => wanted.get(component.name) !== essence(component)).map(({ name }) => name);
}

/** Lets `change` write another plan, and makes what runs follow it: what is planned as before goes on undisturbed. */
export async function applyPlan(
  { layout, state, change }: { readonly layout: Layout; readonly state: ClusterState; readonly change: () => Promise<void> },
  { clock, signal, root, env }: Context,
): Promise<void> {
  const before = readJson<Plan>(layout.plan)?.components ?? [];
  const running = observe(layout);
  await stopSupervisor(layout, { clock, signal });
  await change();
  const after = readJson<Plan>(layout.plan)?.components ?? [];
  const ending = outdated(before, after);
  const targets = running.flatMap(({ name, pid, startTime }) =>
    ending.includes(name) && pid !== undefined && startTime !== undefined ? [{ pid, startTime }] : [],
  );
  await endAll(() => targets, { graceMs: COMPONENT_GRACE_MS, clock, signal });
  for (const name of ending) rmSync(layout.record(name), { force: true });
  const program = programOf(root, { app: 'supervisor', dev: state.dev });
  await startSupervisor(program, { env: { ...env, NODE_COMPILE_CACHE: compileCache(root) } }, { layout, clock, signal });
}
