import { type Cidr, type IPBlock, ipText, networkOf, parseCidr } from '@steersman/types';

/** Both ends belong to it. */
export interface AddressRange {
  readonly from: string;
  readonly to: string;
}

interface Interval {
  readonly from: bigint;
  readonly to: bigint;
}

const BITS = { 4: 32n, 6: 128n } as const;

/** A block without its holes, as intervals in ascending order that do not touch. A block that is none is empty. */
export function blockRanges({ cidr, except = [] }: IPBlock): readonly AddressRange[] {
  const whole = parseCidr(cidr);
  if (!whole) return [];
  const holes = except
    .flatMap(text => parseCidr(text) ?? [])
    .filter(({ family }) => family === whole.family)
    .map(intervalOf)
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  return without(intervalOf(whole), holes).map(({ from, to }) => ({
    from: ipText({ family: whole.family, value: from }),
    to: ipText({ family: whole.family, value: to }),
  }));
}

function intervalOf(cidr: Cidr): Interval {
  const from = networkOf(cidr);
  return { from, to: from + (1n << (BITS[cidr.family] - BigInt(cidr.prefix))) - 1n };
}

function without(whole: Interval, holes: readonly Interval[]): readonly Interval[] {
  const left: Interval[] = [];
  let from = whole.from;
  for (const hole of holes) {
    if (hole.from > from) left.push({ from, to: hole.from - 1n });
    if (hole.to >= from) from = hole.to + 1n;
  }
  return from <= whole.to ? [...left, { from, to: whole.to }] : left;
}
