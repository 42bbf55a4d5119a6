import { spawn } from 'node:child_process';
import type { Layout } from '../cluster/layout.ts';
import { UserError } from '../command/user-error.ts';

/** The namespace CRI keeps its things in. */
const NAMESPACE = 'k8s.io';

/** What `ctr` says on the cluster's own containerd; the client every containerd comes with. */
export async function containerdCli(layout: Layout, args: readonly string[], signal: AbortSignal): Promise<string> {
  const child = spawn('ctr', ['--address', layout.containerdSocket, '--namespace', NAMESPACE, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new UserError(`containerd refused \`${args.join(' ')}\`: ${said.stderr.trim() || said.stdout.trim()}`);
  return said.stdout;
}
