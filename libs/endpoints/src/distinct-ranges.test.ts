import type { Family } from './forwarding.ts';
import { distinctRanges } from './distinct-ranges.ts';

describe('distinctRanges', () => {
  it.each<{ name: string; ranges: string[]; family: Family; want: string[] | undefined }>([
    { name: 'keeps those of the family', ranges: ['10.0.0.0/8', 'fd00::/8'], family: 'ip', want: ['10.0.0.0/8'] },
    { name: 'is empty when none is of the family', ranges: ['fd00::/8'], family: 'ip', want: [] },
    { name: 'clears the bits of hosts', ranges: ['10.1.2.3/16', 'fd00::1/64'], family: 'ip', want: ['10.1.0.0/16'] },
    { name: 'drops what lies in another', ranges: ['10.1.0.0/16', '10.0.0.0/8', '10.0.0.0/8'], family: 'ip', want: ['10.0.0.0/8'] },
    { name: 'writes single addresses alone', ranges: ['10.1.2.3/32', '10.1.2.4'], family: 'ip', want: ['10.1.2.3', '10.1.2.4'] },
    { name: 'reads short IPv6', ranges: ['FD00:1::/32', 'fd00:1:2::/48', '::1/128'], family: 'ip6', want: ['fd00:1::/32', '::1'] },
    { name: 'is undefined for all addresses', ranges: ['10.0.0.0/8', '0.0.0.0/0'], family: 'ip', want: undefined },
  ])('$name', ({ ranges, family, want }) => {
    expect(distinctRanges(ranges, family)).toEqual(want);
  });
});
