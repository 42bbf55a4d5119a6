import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Slots } from '@steersman/async';
import type { Cri } from '@steersman/cri';
import type { Logger } from '@steersman/telemetry';
import { messageOf } from '../start-error.ts';

const LOOK_MS = 10_000;

export interface LostShimsDeps {
  readonly cri: Pick<Cri, 'listPodSandboxes'>;
  /** Socket of the runtime, as its shims were given it. */
  readonly socket: string;
  /** What is being made; with all of them taken nothing is. */
  readonly starts: Slots;
  readonly startsAtOnce: number;
  readonly shims?: (socket: string) => readonly Shim[];
  readonly kill?: (pid: number) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Shim {
  readonly pid: number;
  readonly sandboxId: string;
}

/**
 * Ends shims of sandboxes the runtime does not know, with all that runs in them. Containerd killed while it makes a sandbox
 * leaves such a shim behind: nobody would ever stop what it runs. Each look is cheap as long as all are known.
 */
export async function endLostShims(deps: LostShimsDeps, signal: AbortSignal): Promise<void> {
  const { clock, log } = deps;
  let before: readonly number[] = [];
  while (!signal.aborted) {
    try {
      const pids = (await lost(deps, signal)).map(({ pid }) => pid);
      // Most that are unknown once are being made: starts are held up for those only that stay so.
      if (pids.some(pid => before.includes(pid))) await endThem(deps, signal);
      before = pids;
    } catch (err) {
      if (!signal.aborted) log.debug('shims not compared with the runtime', { message: messageOf(err) });
    }
    await clock.sleep(LOOK_MS, signal).catch(() => {}); // the loop ends with the signal
  }
}

/** ◆ A sandbox that is being made has a shim before it is listed: only while none is made does an unknown one count. */
async function endThem(deps: LostShimsDeps, signal: AbortSignal): Promise<void> {
  const { starts, startsAtOnce, kill = killTree, log } = deps;
  await using taken = new AsyncDisposableStack();
  for (let count = 0; count < startsAtOnce; count++) taken.use(await starts.take(signal));
  for (const { pid, sandboxId } of await lost(deps, signal)) {
    log.warn('a shim of a sandbox the runtime does not know is ended', { pid, sandbox: sandboxId });
    kill(pid);
  }
}

/** The shims are read first: one that is listed afterwards is known. */
async function lost({ cri, socket, shims = systemShims }: LostShimsDeps, signal: AbortSignal): Promise<readonly Shim[]> {
  const found = shims(socket);
  if (found.length === 0) return [];
  const known = new Set((await cri.listPodSandboxes({}, { signal })).map(({ id }) => id));
  return found.filter(({ sandboxId }) => !known.has(sandboxId));
}

/** containerd-shim-runc-v2 -namespace k8s.io -id <sandbox> -address <socket> */
export function systemShims(socket: string, proc = '/proc'): readonly Shim[] {
  return processes(proc).flatMap(pid => {
    const [program = '', ...args] = read(join(proc, String(pid), 'cmdline')).split('\0');
    const flag = (name: string): string | undefined => args[args.indexOf(name) + 1];
    if (!/(^|\/)containerd-shim[^/]*$/.test(program) || flag('-address') !== socket || flag('-namespace') !== 'k8s.io') return [];
    const sandboxId = flag('-id');
    // `delete` and `start` are short runs of the shim's program on behalf of containerd.
    return sandboxId === undefined || args.includes('delete') || args.includes('start') ? [] : [{ pid, sandboxId }];
  });
}

/** The shim first, so that it can neither restart nor report; then all it had started. */
function killTree(root: number): void {
  const parents = processes('/proc').map(pid => ({ pid, parent: Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]) }));
  const below = (of: number): readonly number[] => parents.filter(({ parent }) => parent === of).flatMap(({ pid }) => [pid, ...below(pid)]);
  for (const pid of [root, ...below(root)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ESRCH') throw err; // one that has just ended is what we want
    }
  }
}

const processes = (proc: string): readonly number[] =>
  readdirSync(proc)
    .filter(entry => /^\d+$/.test(entry))
    .map(Number);

/** Empty for a process that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
