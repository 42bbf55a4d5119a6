import { run } from './run.ts';

interface Ruleset {
  readonly nftables: readonly { readonly table?: { readonly family: string; readonly name: string } }[];
}

/** Removes the nftables tables of that name, whatever their family. */
export async function removeTables(name: string, signal: AbortSignal): Promise<void> {
  const said = await run('nft', ['-j', 'list', 'tables'], { signal, mayFail: true });
  if (said === '') return;
  const found = (JSON.parse(said) as Ruleset).nftables.flatMap(({ table }) => (table?.name === name ? [table] : []));
  for (const { family } of found) await run('nft', ['delete', 'table', family, name], { signal, mayFail: true });
}
