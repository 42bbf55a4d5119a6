import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type Clock, untilAborted } from '@steersman/async';
import { readJson } from '../cluster/json-file.ts';
import { type Layout, MARKER } from '../cluster/layout.ts';
import { commandLine, isAlive, type ProcessId, processesWith, processId } from '../machine/processes.ts';
import type { Component, ComponentRecord, Exit } from './plan.ts';
import type { Processes, RunningProcess } from './supervise.ts';

const WATCH_MS = 200;
/** A program that could not be started, as a shell reports it. */
const EXIT_NOT_FOUND = 127;

/** Real processes: in sessions of their own, with their output in files, so that they outlive their supervisor. */
export const systemProcesses = (layout: Layout, clock: Clock): Processes => ({
  start(component) {
    const log = openSync(component.logFile, 'a', 0o640);
    try {
      const [program = '', ...args] = [...(component.enter ?? []), component.command, ...component.args];
      const child = spawn(program, args, {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: layout.dataDir,
        env: { ...component.env, [MARKER]: layout.dataDir },
      });
      return startedProcess(child);
    } finally {
      closeSync(log);
    }
  },
  adopt(component) {
    const found = recorded(layout, component) ?? unrecorded(layout, component);
    return found && { ...found, ended: signal => endOf(found, { clock, signal }) };
  },
});

function startedProcess(child: ChildProcess): RunningProcess {
  const exit = new Promise<Exit>(resolve => {
    child.once('error', () => resolve({ code: EXIT_NOT_FOUND }));
    child.once('exit', (code, signal) => resolve({ ...(code !== null && { code }), ...(signal && { signal }) }));
  });
  child.unref(); // an aborted supervisor does not wait for it
  const pid = child.pid ?? 0;
  return { pid, startTime: processId(pid)?.startTime ?? '', ended: signal => untilAborted(exit, signal) };
}

/** An adopted process is somebody else's child: its end can only be seen, not waited for. */
async function endOf(id: ProcessId, { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }): Promise<Exit> {
  while (isAlive(id)) await clock.sleep(WATCH_MS, signal);
  return {};
}

function recorded(layout: Layout, { name }: Component): (ProcessId & { readonly startedAt?: string }) | undefined {
  const { pid, startTime, startedAt } = readJson<ComponentRecord>(layout.record(name)) ?? {};
  if (pid === undefined || startTime === undefined || !isAlive({ pid, startTime })) return undefined;
  return { pid, startTime, ...(startedAt !== undefined && { startedAt }) };
}

/** A supervisor that was killed between the start and the record leaves one of these. */
function unrecorded({ dataDir }: Layout, { command, args }: Component): ProcessId | undefined {
  const wanted = [command, ...args].join('\0');
  return processesWith(MARKER, dataDir).find(({ pid }) => commandLine(pid).join('\0') === wanted);
}
