import type { ElementChange } from './element-table.ts';
import type { SetName } from './service-layout.ts';
import { sharedChainRules } from './shared-chains.ts';

/**
 * The commands for `changes`, as one transaction in which nothing is used before it is there. Chains that are new are added to
 * `chains`, the names of those the kernel has.
 */
export function transactionCommands(table: string, changes: readonly ElementChange[], chains: Set<string>): readonly string[] {
  const [removed, added] = [new Map<SetName, string[]>(), new Map<SetName, string[]>()];
  const commands: string[] = [];
  for (const { set, key, prev, next } of changes) {
    if (prev !== undefined) push(removed, set, key);
    if (next === undefined) continue;
    push(added, set, next === '' ? key : `${key} : ${next}`);
    const target = next.startsWith('goto ') ? next.slice('goto '.length) : undefined;
    if (target === undefined || chains.has(target)) continue;
    commands.push(...restoreChainCommands(table, [target], chains));
  }
  for (const [set, keys] of removed) commands.push(`delete element inet ${table} ${set} { ${keys.join(', ')} }`);
  for (const [set, entries] of added) commands.push(`add element inet ${table} ${set} { ${entries.join(', ')} }`);
  return commands;
}

/** Writes those of `names` that are shared chains anew, and notes them in `chains`. */
export function restoreChainCommands(table: string, names: readonly string[], chains: Set<string>): readonly string[] {
  return names.flatMap(name => {
    const rules = sharedChainRules(name);
    if (!rules) return [];
    chains.add(name);
    return [
      `add chain inet ${table} ${name}`,
      `flush chain inet ${table} ${name}`,
      ...rules.map(rule => `add rule inet ${table} ${name} ${rule}`),
    ];
  });
}

function push(groups: Map<SetName, string[]>, set: SetName, entry: string): void {
  const entries = groups.get(set);
  if (entries) entries.push(entry);
  else groups.set(set, [entry]);
}
