import type { KernelState } from './read-contents.ts';

/** Takes away what `layoutCommands` and its transactions made, and leaves the table to others, if there are any. */
export function removeCommands(
  table: string,
  { chains, sets, maps, shared }: Omit<KernelState, 'contents' | 'affinities'>,
): readonly string[] {
  if (chains.length + sets.length + maps.length === 0) return [];
  if (!shared) return [`delete table inet ${table}`];
  const each = (verb: string, kind: string, names: readonly string[]): readonly string[] =>
    names.map(name => `${verb} ${kind} inet ${table} ${name}`);
  return [
    ...each('flush', 'chain', chains),
    // A map of verdicts holds on to the chains that it names.
    ...each('flush', 'map', maps),
    ...each('delete', 'map', maps),
    ...each('delete', 'set', sets),
    ...each('delete', 'chain', chains),
  ];
}
