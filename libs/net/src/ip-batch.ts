import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

/** Programs of iproute2 that take many commands at once. */
export type BatchProgram = 'ip' | 'bridge';

/** Runs every command, also after one that failed; fails then with what was said. */
export async function ipBatch(program: BatchProgram, commands: readonly string[], signal?: AbortSignal): Promise<void> {
  if (commands.length === 0) return;
  const child = spawn(program, ['-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'], ...(signal && { signal }) });
  child.stdin.on('error', () => {}); // it ended before it read all; its exit code says why
  child.stdin.end(`${commands.join('\n')}\n`);
  const [[code], complaint] = await Promise.all([once(child, 'close') as Promise<[number | null]>, text(child.stderr)]);
  if (code !== 0) throw new Error(`${program} refused: ${complaint.trim() || `exit code ${code}`}`);
}

/** What `ip` or `bridge` shows, as JSON; nothing where there is no such thing. */
export async function ipList<T>(program: BatchProgram, args: readonly string[], signal?: AbortSignal): Promise<readonly T[]> {
  try {
    const { stdout } = await promisify(execFile)(program, ['-json', ...args], { ...(signal && { signal }) });
    return stdout.trim() === '' ? [] : (JSON.parse(stdout) as readonly T[]);
  } catch (err) {
    signal?.throwIfAborted();
    if (/does not exist|Cannot find device/.test((err as { stderr?: string }).stderr ?? '')) return [];
    throw err;
  }
}
