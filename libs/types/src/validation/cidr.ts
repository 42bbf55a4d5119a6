import { checkIp, isIpv4, isIpv6 } from './ip.ts';

export interface IpAddressValue {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Addresses that share their first `prefix` bits. */
export interface Cidr extends IpAddressValue {
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;
const IPV6_GROUPS = 8;

export function parseIp(text: string): IpAddressValue | undefined {
  if (isIpv4(text)) return { family: 4, value: text.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n) };
  if (!isIpv6(text)) return undefined;
  const [head = '', tail] = text.split('::');
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array.from({ length: IPV6_GROUPS - front.length - back.length }, () => 0n);
  return { family: 6, value: [...front, ...zeros, ...back].reduce((sum, group) => sum * 0x1_0000n + group, 0n) };
}

function groupsOf(text: string): readonly bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap(group => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = parseIp(group)?.value ?? 0n;
    return [value / 0x1_0000n, value % 0x1_0000n];
  });
}

export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefixText = '', more] = text.split('/');
  const parsed = parseIp(address);
  if (!parsed || more !== undefined || !/^(0|[1-9]\d*)$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  return prefix > BITS[parsed.family] ? undefined : { ...parsed, prefix };
}

/** The first address of the range. */
export const networkOf = ({ family, value, prefix }: Cidr): bigint => {
  const hostBits = BigInt(BITS[family] - prefix);
  return (value >> hostBits) << hostBits;
};

export const cidrContains = (range: Cidr, { family, value }: IpAddressValue): boolean =>
  family === range.family && networkOf({ ...range, value }) === networkOf(range);

/** Upstream's words for what is no range. */
export const checkCidr = (value: string): readonly string[] =>
  parseCidr(value) ? [] : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];

/** Upstream's words for what is no address, or one that could be written otherwise. */
export function checkCanonicalIp(value: string): readonly string[] {
  const parsed = parseIp(value);
  if (!parsed) return checkIp(value);
  const canonical = ipText(parsed);
  return canonical === value ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** The one way to write an address (RFC 5952). */
export function ipText({ family, value }: IpAddressValue): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map(shift => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: IPV6_GROUPS }, (_, at) => ((value >> BigInt((IPV6_GROUPS - 1 - at) * 16)) & 0xffffn).toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function longestZeros(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > longest.length) longest = { start, length };
  }
  return longest;
}
