import type { IptablesTable } from './iptables-rules.ts';

/**
 * What `iptables-restore --noflush` has to read so that our chains are as `tables` says and no others of ours are left. `saved`
 * is what `iptables-save` printed.
 */
export function iptablesCommands(tables: readonly IptablesTable[], saved: string, prefix: string): string {
  const now = savedChains(saved, prefix);
  return tables
    .map(({ name, hooks, chains }) => {
      const before = now.get(name);
      const stale = [...(before?.chains ?? [])].filter(chain => !chains.has(chain));
      const jumps = Object.entries(hooks).filter(([hook, chain]) => !before?.jumps.has(`-A ${hook} -j ${chain}`));
      return [
        `*${name}`,
        ...[...chains.keys(), ...stale].map(chain => `:${chain} - [0:0]`),
        ...jumps.map(([hook, chain]) => `-I ${hook} -j ${chain}`),
        ...[...chains].flatMap(([chain, rules]) => rules.map(rule => `-A ${chain} ${rule}`)),
        ...stale.map(chain => `-X ${chain}`),
        'COMMIT',
        '',
      ].join('\n');
    })
    .join('');
}

/** What takes all of ours away. */
export function iptablesRemoval(saved: string, prefix: string): string {
  return [...savedChains(saved, prefix)]
    .map(([name, { chains, jumps }]) =>
      [
        `*${name}`,
        ...[...chains].map(chain => `:${chain} - [0:0]`),
        ...[...jumps].map(jump => jump.replace('-A', '-D')),
        ...[...chains].map(chain => `-X ${chain}`),
        'COMMIT',
        '',
      ].join('\n'),
    )
    .join('');
}

interface Saved {
  readonly chains: Set<string>;
  readonly jumps: Set<string>;
}

function savedChains(saved: string, prefix: string): ReadonlyMap<string, Saved> {
  const found = new Map<string, Saved>();
  let table: Saved = { chains: new Set(), jumps: new Set() };
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) found.set(line.slice(1), (table = { chains: new Set(), jumps: new Set() }));
    if (line.startsWith(`:${prefix}`)) table.chains.add(line.slice(1).split(' ')[0] ?? '');
    if (/^-A [A-Z]+ -j /.test(line) && line.includes(` -j ${prefix}`)) table.jumps.add(line);
  }
  return new Map([...found].filter(([, { chains }]) => chains.size > 0));
}
