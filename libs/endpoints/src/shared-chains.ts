import type { Family } from './forwarding.ts';
import { affinityMap, backendMap, OUTSIDE_OFFSET, PREFIX, PROTOCOLS } from './service-layout.ts';

/** A chain that Services share; its name says all of it. */
export interface Pick {
  readonly family: Family;
  readonly count: number;
  readonly outside: boolean;
  readonly sticky: boolean;
}

/** Takes one of `count` backends of the row that starts at 0, or at OUTSIDE_OFFSET. */
export const pickChain = ({ family, count, outside, sticky }: Pick): string =>
  `${PREFIX}${sticky ? 'stay' : 'pick'}-${outside ? 'outside-' : ''}${family}-${count}`;

/** Notes which backend a client got, for so long. */
export const rememberChain = (seconds: number): string => `${PREFIX}remember-ip-${seconds}`;

const NAME = new RegExp(`^${PREFIX}(?:(pick|stay)-(outside-)?(ip6?)-(\\d+)|remember-ip-(\\d+))$`);

/** The rules of a shared chain, from its name alone; undefined if it is none. */
export function sharedChainRules(name: string): readonly string[] | undefined {
  const [whole, kind, outside, family, count, seconds] = NAME.exec(name) ?? [];
  if (whole === undefined) return undefined;
  if (seconds !== undefined) return rememberRules(Number(seconds));
  return pickRules({ family: family as Family, count: Number(count), outside: outside !== undefined, sticky: kind === 'stay' });
}

function pickRules({ family, count, outside, sticky }: Pick): readonly string[] {
  const offset = outside ? ` offset ${OUTSIDE_OFFSET}` : '';
  const key = `${family} daddr . meta l4proto . th dport`;
  // nft 1.0 cannot write keys longer than one IPv6 address into a map from a rule: there a client's hash stands for its memory.
  const pick = sticky && family === 'ip6' ? `jhash ip6 saddr mod ${count} seed 0x5eed` : `numgen random mod ${count}`;
  return PROTOCOLS.flatMap(protocol => [
    ...(sticky && family === 'ip' ? [`dnat ip to ip saddr . ${key} map @${affinityMap(protocol)}`] : []),
    `dnat ${family} to ${key} . ${pick}${offset} map @${backendMap(family, protocol)}`,
  ]);
}

const rememberRules = (seconds: number): readonly string[] =>
  PROTOCOLS.map(
    protocol =>
      `meta l4proto ${protocol} update @${affinityMap(protocol)} { ct original ip saddr . ct original ip daddr . meta l4proto . ` +
      `ct original proto-dst timeout ${seconds}s : ip daddr . ${protocol} dport }`,
  );
