import { checkCidr, cidrContains, ipText, parseCidr, parseIp } from './cidr.ts';

describe('parseCidr', () => {
  it.each([
    { text: '10.0.0.0/8', want: { family: 4, value: 0x0a00_0000n, prefix: 8 } },
    { text: '0.0.0.0/0', want: { family: 4, value: 0n, prefix: 0 } },
    { text: 'fd00::/64', want: { family: 6, value: 0xfd00n << 112n, prefix: 64 } },
    { text: '::ffff:10.0.0.1/128', want: { family: 6, value: 0xffff_0a00_0001n, prefix: 128 } },
  ])('reads $text', ({ text, want }) => {
    expect(parseCidr(text)).toEqual(want);
    expect(checkCidr(text)).toEqual([]);
  });

  it.each(['', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/08', '10.0.0/8', '10.0.0.0/8/8', 'fd00::/129', 'fd00::/-1', '/8'])(
    'refuses "%s"',
    text => {
      expect(parseCidr(text)).toBeUndefined();
      expect(checkCidr(text)).toHaveLength(1);
    },
  );
});

describe('cidrContains', () => {
  it.each([
    { range: '10.0.0.0/8', address: '10.255.255.255', want: true },
    { range: '10.0.0.0/8', address: '11.0.0.0', want: false },
    { range: '10.1.2.3/8', address: '10.0.0.1', want: true },
    { range: '0.0.0.0/0', address: '255.255.255.255', want: true },
    { range: '10.0.0.1/32', address: '10.0.0.2', want: false },
    { range: '::/0', address: '10.0.0.1', want: false },
    { range: 'fd00::/64', address: 'fd00::ffff:1', want: true },
    { range: 'fd00::/64', address: 'fd00:0:0:1::', want: false },
  ])('$address in $range: $want', ({ range, address, want }) => {
    expect(cidrContains(parseCidr(range)!, parseIp(address)!)).toBe(want);
  });
});

describe('ipText', () => {
  it.each([
    { text: '10.0.0.1', want: '10.0.0.1' },
    { text: 'FD00:0:0:0:0:0:0:1', want: 'fd00::1' },
    { text: '::', want: '::' },
    { text: '1:0:0:2:0:0:0:3', want: '1:0:0:2::3' },
    { text: '1:2:3:4:5:6:7::', want: '1:2:3:4:5:6:7:0' },
    { text: '::1:0', want: '::1:0' },
  ])('writes $text as $want', ({ text, want }) => {
    expect(ipText(parseIp(text)!)).toBe(want);
  });
});
