import type { Contents } from './element-table.ts';
import { affinityMap, backendMap, FAMILIES, PREFIX, PROTOCOLS, type SetName, SETS } from './service-layout.ts';

/** As `nft --json` writes values (libnftables-json(5)): text and numbers, or an object with the name of what it is. */
type Json = string | number | null | readonly Json[] | { readonly [kind: string]: Json };

export interface KernelState {
  readonly contents: Contents;
  /** client . address . protocol . port → backend, as the kernel has noted it. */
  readonly affinities: ReadonlyMap<string, string>;
  /** Names of all chains that are ours. */
  readonly chains: readonly string[];
  readonly sets: readonly string[];
  readonly maps: readonly string[];
  /** Whether the table has anything that is not ours. */
  readonly shared: boolean;
}

const KNOWN = new Set<string>(
  FAMILIES.flatMap(family => [
    ...Object.values(SETS).map(name => name(family)),
    ...PROTOCOLS.map(protocol => backendMap(family, protocol)),
  ]),
);
const AFFINITIES = new Set<string>(PROTOCOLS.map(affinityMap));

/** Reads what `nft --json list table` prints; what is not ours is passed by. */
export function readContents(listing: string): KernelState {
  const { nftables } = JSON.parse(listing) as { readonly nftables: readonly Record<string, Record<string, Json>>[] };
  const contents = new Map<SetName, Map<string, string>>();
  const affinities = new Map<string, string>();
  const [chains, sets, maps]: [string[], string[], string[]] = [[], [], []];
  let shared = false;
  for (const { chain, set, map } of nftables) {
    const name = words((chain ?? set ?? map)?.name ?? '');
    if (name !== '' && !name.startsWith(PREFIX)) shared = true;
    if (!name.startsWith(PREFIX)) continue;
    (chain ? chains : map ? maps : sets).push(name);
    const elements = (set ?? map)?.elem;
    if (!Array.isArray(elements)) continue;
    const entries = elements.map(element => (map ? pair(element as readonly Json[]) : ([words(element as Json), ''] as const)));
    if (AFFINITIES.has(name)) for (const [key, value] of entries) affinities.set(key, value);
    else if (KNOWN.has(name)) contents.set(name as SetName, new Map(entries));
  }
  return { contents, affinities, chains, sets, maps, shared };
}

const pair = ([key = null, value = null]: readonly Json[]): readonly [string, string] => [words(key), words(value)];

/** A value in the words in which it is written. */
function words(value: Json): string {
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(words).join(' . ');
  const [[kind, content] = ['', null]] = Object.entries(value);
  const inner = (content ?? {}) as Record<string, Json>;
  if (kind === 'concat') return words(content);
  if (kind === 'elem') return words(inner.val ?? null);
  if (kind === 'prefix') return `${words(inner.addr ?? null)}/${words(inner.len ?? null)}`;
  if (kind === 'goto') return `goto ${words(inner.target ?? null)}`;
  return kind;
}
