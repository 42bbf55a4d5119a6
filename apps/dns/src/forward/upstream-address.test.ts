import { addressText, parseUpstream, upstreamsOf } from './upstream-address.ts';

describe('parseUpstream', () => {
  it.each([
    { text: '10.0.0.1', want: { host: '10.0.0.1', port: 53 } },
    { text: '10.0.0.1:5353', want: { host: '10.0.0.1', port: 5_353 } },
    { text: 'fd00::1', want: { host: 'fd00::1', port: 53 } },
    { text: '[fd00::1]:5353', want: { host: 'fd00::1', port: 5_353 } },
    { text: '[fd00::1]', want: { host: 'fd00::1', port: 53 } },
  ])('reads $text', ({ text, want }) => {
    expect(parseUpstream(text)).toEqual(want);
    expect(parseUpstream(addressText(want))).toEqual(want);
  });

  it.each(['', 'dns.example.com', '10.0.0.1:0', '10.0.0.1:70000', '10.0.0', '[10.0.0.1', '10.0.0.1:'])('refuses "%s"', text => {
    expect(() => parseUpstream(text)).toThrow(`--upstream: "${text}" is not an address such as 10.0.0.1 or 10.0.0.1:53`);
  });
});

describe('upstreamsOf', () => {
  it('reads the name servers of a resolv.conf, and nothing else', () => {
    const text =
      '# nameserver 1.1.1.1\nsearch example.com\nnameserver 10.0.0.2\n nameserver\tfd00::53\nnameserver\nnameserver x\noptions ndots:5\n';
    expect(upstreamsOf(text)).toEqual([
      { host: '10.0.0.2', port: 53 },
      { host: 'fd00::53', port: 53 },
    ]);
  });
});
