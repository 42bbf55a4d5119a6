import { isIPv4, isIPv6 } from 'node:net';

const IPV6_GROUPS = 8;

/** The name under which an address is looked up in reverse (RFC 1035 §3.5, RFC 3596 §2.5); undefined when it is no address. */
export function reverseName(address: string): string | undefined {
  if (isIPv4(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const digits = hexDigits(address);
  return digits && `${[...digits].reverse().join('.')}.ip6.arpa`;
}

/** `10-0-0-1` or `fd00--1` of pod names; undefined when it is neither. */
export function addressOfDashed(label: string): string | undefined {
  const dotted = label.replaceAll('-', '.');
  if (isIPv4(dotted)) return dotted;
  const colons = label.replaceAll('-', ':');
  return isIPv6(colons) ? colons : undefined;
}

/** How an endpoint without a hostname is called: unique, as its address is, and a valid label. */
export const dashed = (address: string): string => address.toLowerCase().replace(/[.:]/g, '-').replace(/^-/, '0-').replace(/-$/, '-0');

/** All 32 digits of an IPv6 address. */
function hexDigits(address: string): string | undefined {
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const [head = '', tail] = address.toLowerCase().split('::');
  const front = groupsOf(head);
  const back = groupsOf(tail ?? '');
  const zeros = Array.from({ length: IPV6_GROUPS - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].map(group => group.padStart(4, '0')).join('');
}

/** The last 32 bits may be written as IPv4. */
function groupsOf(part: string): readonly string[] {
  if (part === '') return [];
  return part.split(':').flatMap(group => {
    if (!group.includes('.')) return [group];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
  });
}
