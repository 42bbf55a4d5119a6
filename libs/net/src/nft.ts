import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Applies commands in one transaction: all of them or, with an error, none. */
export type Nft = (commands: string, signal?: AbortSignal) => Promise<void>;

/** An Nft that runs `program`, such as `nft`, or `ip netns exec n1 nft`. */
export const nftBy =
  ([program = 'nft', ...args]: readonly string[]): Nft =>
  async (commands, signal) => {
    const child = spawn(program, [...args, '-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'], ...(signal && { signal }) });
    child.stdin.on('error', () => {}); // it ended before it read all; its exit code says why
    child.stdin.end(commands);
    const [[code], complaint] = await Promise.all([once(child, 'close') as Promise<[number | null]>, text(child.stderr)]);
    if (code !== 0) throw new Error(`nft refused the rules: ${complaint.trim() || `exit code ${code}`}`);
  };

export const systemNft: Nft = nftBy(['nft']);
