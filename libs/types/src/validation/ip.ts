const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`);
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const IPV6_GROUPS = 8;

export const isIpv4 = (value: string): boolean => IPV4.test(value);

/** Eight groups of four hex digits, a run of zero groups written `::`, the last two groups perhaps as IPv4. */
export function isIpv6(value: string): boolean {
  const [head = '', tail, more] = value.split('::');
  if (!value.includes(':') || more !== undefined) return false;
  const sizes = [head, tail ?? ''].map(groupCount);
  if (sizes.some(Number.isNaN)) return false;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return tail === undefined ? total === IPV6_GROUPS : total < IPV6_GROUPS;
}

function groupCount(text: string): number {
  if (text === '') return 0;
  const groups = text.split(':');
  const last = groups.at(-1) ?? '';
  if (isIpv4(last)) return groups.slice(0, -1).every(group => GROUP.test(group)) ? groups.length + 1 : NaN;
  return groups.every(group => GROUP.test(group)) ? groups.length : NaN;
}

/** Upstream's words for what is no address. */
export const checkIp = (value: string): readonly string[] =>
  isIpv4(value) || isIpv6(value) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
