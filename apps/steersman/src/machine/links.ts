import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

interface Link {
  readonly ifname: string;
  /** Of the other end of a pair, in its own namespace. */
  readonly link_index?: number;
  readonly ifindex: number;
}

/** Names of this machine's ends of the pairs whose other ends are in the network namespaces mounted in `folder`. */
export async function linksInto(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const parse = (text: string): readonly Link[] => (text === '' ? [] : (JSON.parse(text) as readonly Link[]));
  const show = ['ip', '-j', 'link', 'show', 'type', 'veth'];
  const inside = await Promise.all(
    readdirSync(folder).map(name => run('nsenter', [`--net=${join(folder, name)}`, ...show], { signal, mayFail: true })),
  );
  const ends = new Set(inside.flatMap(text => parse(text).map(link => link.link_index)));
  const own = parse(await run('ip', show.slice(1), { signal, mayFail: true }));
  return own.filter(({ ifindex }) => ends.has(ifindex)).map(({ ifname }) => ifname);
}

/** Removing one end removes the pair and its routes. */
export async function removeLinks(names: readonly string[], signal: AbortSignal): Promise<void> {
  for (const name of names) await run('ip', ['link', 'delete', name], { signal, mayFail: true });
}
