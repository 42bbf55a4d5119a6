import { isIpv4, isIpv6 } from './ip.ts';

describe('isIpv4', () => {
  it.each([
    { name: 'an address', value: '10.0.0.255', want: true },
    { name: 'an octet too large', value: '10.0.0.256', want: false },
    { name: 'leading zeros, which some read as octal', value: '10.0.0.01', want: false },
    { name: 'three octets', value: '10.0.0', want: false },
  ])('$name', ({ value, want }) => {
    expect(isIpv4(value)).toBe(want);
  });
});

describe('isIpv6', () => {
  it.each([
    { name: 'all groups', value: '1:2:3:4:5:6:7:8', want: true },
    { name: 'a run of zeros', value: '2001:db8::ffff', want: true },
    { name: 'nothing but zeros', value: '::', want: true },
    { name: 'an IPv4 tail', value: '::ffff:10.0.0.1', want: true },
    { name: 'two runs of zeros', value: '1::2::3', want: false },
    { name: 'too few groups', value: '1:2:3', want: false },
    { name: 'an IPv4 address', value: '10.0.0.1', want: false },
    { name: 'a group too long', value: '12345::', want: false },
  ])('$name', ({ value, want }) => {
    expect(isIpv6(value)).toBe(want);
  });
});
