import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type Layout, MARKER } from '../cluster/layout.ts';
import { supervisorOf } from '../cluster/records.ts';
import { UserError } from '../command/user-error.ts';
import { isAlive, type ProcessId, signalProcess } from '../machine/processes.ts';
import type { WaitDeps } from './wait-for.ts';
import { readable, tailOf } from '../cluster/log-tail.ts';

const POLL_MS = 5;
const STOP_MS = 5_000;

/** A process of its own that stays when this one ends. */
export async function startSupervisor(
  program: string,
  { env }: { readonly env: Readonly<Record<string, string | undefined>> },
  deps: WaitDeps,
): Promise<void> {
  const { layout, clock, signal } = deps;
  const log = openSync(layout.log('supervisor'), 'a', 0o640);
  const child = spawn(process.execPath, [program, layout.dataDir], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: layout.dataDir,
    env: { PATH: env['PATH'], HOME: env['HOME'], NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'], [MARKER]: layout.dataDir },
  });
  closeSync(log);
  child.unref();
  while (supervisorOf(layout)?.pid !== child.pid) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const said = tailOf(layout.log('supervisor'), 3).map(line => `\n    ${readable(line)}`);
      throw new UserError(`the supervisor ended at once${said.join('')}`, { hint: `see ${layout.log('supervisor')}` });
    }
    await clock.sleep(POLL_MS, signal);
  }
}

/** Ends the supervisor and leaves its components alone. */
export async function stopSupervisor(layout: Layout, { clock, signal }: Omit<WaitDeps, 'layout'>): Promise<void> {
  const supervisor = supervisorOf(layout);
  if (!supervisor) return;
  await endProcess(supervisor, STOP_MS, { clock, signal });
}

/** SIGTERM, and SIGKILL when it takes too long. */
export async function endProcess(target: ProcessId, graceMs: number, { clock, signal }: Omit<WaitDeps, 'layout'>): Promise<void> {
  signalProcess(target, 'SIGTERM');
  const deadline = clock.now() + graceMs;
  while (isAlive(target)) {
    if (clock.now() > deadline) signalProcess(target, 'SIGKILL');
    await clock.sleep(POLL_MS, signal);
  }
}
