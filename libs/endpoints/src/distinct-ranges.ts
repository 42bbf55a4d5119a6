import { canonical, type Family, familyOf } from './forwarding.ts';

interface Range {
  readonly first: bigint;
  readonly bits: number;
}

const WIDTH = { ip: 32, ip6: 128 } as const;

/**
 * The networks of a family without those that lie in others, as the kernel takes no entry twice; undefined when they are
 * everything there is.
 */
export function distinctRanges(ranges: readonly string[], family: Family): readonly string[] | undefined {
  const own = ranges.filter(range => familyOf(range) === family).map(range => parse(range, family));
  if (own.some(({ bits }) => bits === 0)) return undefined;
  const sorted = own.sort((a, b) => a.bits - b.bits);
  const kept = sorted.filter((range, at) => !sorted.slice(0, at).some(other => covers(other, range, WIDTH[family])));
  return kept.map(({ first, bits }) => `${format(first, family)}${bits === WIDTH[family] ? '' : `/${bits}`}`);
}

const covers = (outer: Range, inner: Range, width: number): boolean =>
  inner.first >> BigInt(width - outer.bits) === outer.first >> BigInt(width - outer.bits);

function parse(range: string, family: Family): Range {
  const [address = '', length] = range.split('/');
  const bits = length === undefined ? WIDTH[family] : Number(length);
  const free = BigInt(WIDTH[family] - bits);
  return { first: (number(address, family) >> free) << free, bits };
}

const number = (address: string, family: Family): bigint =>
  family === 'ip'
    ? address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(Number(part)), 0n)
    : groups(canonical(address)).reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);

function groups(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const split = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  if (tail === undefined) return split(head);
  const [before, after] = [split(head), split(tail)];
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}

function format(value: bigint, family: Family): string {
  if (family === 'ip') return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.');
  return canonical(Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - 16 * at)) & 0xffffn).toString(16)).join(':'));
}
