import { isIP } from 'node:net';
import fc from 'fast-check';
import { addressOfDashed, dashed, reverseName } from './ip-names.ts';

const NIBBLES_OF_ONE = `1.${'0.'.repeat(31)}ip6.arpa`;

/** As the API writes addresses (RFC 5952). */
const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);

describe('reverseName', () => {
  it.each([
    { name: 'IPv4', address: '10.96.0.1', want: '1.0.96.10.in-addr.arpa' },
    { name: 'IPv6', address: '::1', want: NIBBLES_OF_ONE },
    { name: 'IPv6 in full', address: '0:0:0:0:0:0:0:1', want: NIBBLES_OF_ONE },
    { name: 'upper case', address: 'FD00::A', want: `a.${'0.'.repeat(27)}0.0.d.f.ip6.arpa` },
    { name: 'IPv4 in IPv6', address: '::ffff:10.0.0.1', want: `1.0.0.0.0.0.a.0.f.f.f.f.${'0.'.repeat(20)}ip6.arpa` },
    { name: 'a host', address: 'web.example.com', want: undefined },
    { name: 'a zone index', address: 'fe80::1%eth0', want: undefined },
  ])('turns $name around', ({ address, want }) => {
    expect(reverseName(address)).toBe(want);
  });

  it('has 32 digits for every IPv6 address', () => {
    fc.assert(fc.property(fc.ipV6(), address => (reverseName(address) ?? '').split('.').length === 34));
  });
});

describe('addressOfDashed', () => {
  it('gives back what dashed made of an address', () => {
    const same = (address: string): boolean => reverseName(addressOfDashed(dashed(address)) ?? '') === reverseName(address);
    fc.assert(fc.property(fc.ipV4(), same));
    fc.assert(fc.property(fc.ipV6().map(canonical), same));
  });

  it.each(['', '1-2-3', '1-2-3-256', 'web', 'fd00---1', '1.2.3.4-'])('knows that "%s" is none', label => {
    expect(addressOfDashed(label)).toBeUndefined();
  });
});

describe('dashed', () => {
  it('makes a valid label of any address', () => {
    fc.assert(fc.property(fc.ipV6(), address => isIP(address) === 6 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(dashed(address))));
  });
});
