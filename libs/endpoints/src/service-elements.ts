import type { Backend, Forwarding, Route } from './forwarding.ts';
import { backendMap, OUTSIDE_OFFSET, REFUSE, type SetName, SETS } from './service-layout.ts';
import { pickChain, rememberChain } from './shared-chains.ts';

/** One entry of a set (no value) or map of the kernel, in nft's words. */
export interface Element {
  readonly set: SetName;
  readonly key: string;
  readonly value?: string;
}

/** What the kernel holds under a key now. */
export type ValueNow = (set: SetName, key: string) => string | undefined;

/** A row's places are numbered from 0 to this; more backends than that get no connections. */
const MAX_BACKENDS = OUTSIDE_OFFSET;

/** The entries of one address and port. Backends that stay keep their places, so that a change of one is one of few entries. */
export function forwardingElements(forwarding: Forwarding, now: ValueNow): readonly Element[] {
  const { family, route, fromOutside, affinitySeconds, sources } = forwarding;
  const key = frontKey(forwarding);
  const pair = (set: SetName, value?: string): Element => ({ set, key, ...(value !== undefined && { value }) });
  const locals = [...route.backends, ...(fromOutside?.backends ?? [])].filter(({ local }) => local);
  return [
    pair(SETS.route(family), verdict(forwarding, route, { outside: false })),
    ...row(forwarding, route.backends, { first: 0, now }),
    ...(fromOutside
      ? [
          pair(SETS.outside(family), verdict(forwarding, fromOutside, { outside: true })),
          ...row(forwarding, fromOutside.backends, { first: OUTSIDE_OFFSET, now }),
        ]
      : []),
    ...(forwarding.clusterIp ? [{ set: SETS.address(family), key: forwarding.address }] : []),
    ...(forwarding.masquerade ? [pair(SETS.masquerade(family))] : []),
    ...[...new Set(locals.map(({ address }) => `${address} . ${address}`))].map(pod => ({ set: SETS.hairpin(family), key: pod })),
    ...(sources ? [pair(SETS.guarded(family)), ...sources.map(range => ({ set: SETS.allowed(family), key: `${key} . ${range}` }))] : []),
    ...(affinitySeconds !== undefined && family === 'ip' ? [pair(SETS.sticky(family), `goto ${rememberChain(affinitySeconds)}`)] : []),
  ];
}

export const frontKey = ({ address, protocol, port }: Pick<Forwarding, 'address' | 'protocol' | 'port'>): string =>
  `${address} . ${protocol} . ${port}`;

function verdict(
  { family, affinitySeconds }: Forwarding,
  { backends, otherwise }: Route,
  { outside }: { readonly outside: boolean },
): string {
  const count = Math.min(backends.length, MAX_BACKENDS);
  if (count > 0) return `goto ${pickChain({ family, count, outside, sticky: affinitySeconds !== undefined })}`;
  return otherwise === 'drop' ? 'drop' : `goto ${REFUSE}`;
}

interface Row {
  readonly first: number;
  readonly now: ValueNow;
}

function row(forwarding: Forwarding, backends: readonly Backend[], { first, now }: Row): readonly Element[] {
  const set = backendMap(forwarding.family, forwarding.protocol);
  const keyAt = (at: number): string => `${frontKey(forwarding)} . ${first + at}`;
  const wanted = new Set(backends.slice(0, MAX_BACKENDS).map(({ address, port }) => `${address} . ${port}`));
  const places = Array.from({ length: wanted.size }, (_, at) => {
    const value = now(set, keyAt(at));
    return value !== undefined && wanted.delete(value) ? value : undefined;
  });
  const rest = wanted.values();
  return places.map((value, at) => {
    const found = value ?? rest.next().value;
    return { set, key: keyAt(at), ...(found !== undefined && { value: found }) };
  });
}
