import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const NONE = JSON.stringify({ nftables: [] });

export interface Listed {
  readonly kind: 'table' | 'map';
  /** That of a map after that of its table. */
  readonly name: string;
}

/** What `nft --json` prints of an inet table or of one of its maps; an empty listing when there is none. */
export async function listTable(
  [program = 'nft', ...args]: readonly string[],
  { kind, name }: Listed,
  signal?: AbortSignal,
): Promise<string> {
  const words = ['--json', 'list', kind, 'inet', ...name.split(' ')];
  const child = spawn(program, [...args, ...words], { stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
  const [[code], listing, complaint] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code === 0) return listing;
  if (complaint.includes('No such file or directory')) return NONE;
  throw new Error(`nft cannot list the ${kind} ${name}: ${complaint.trim() || `exit code ${code}`}`);
}
