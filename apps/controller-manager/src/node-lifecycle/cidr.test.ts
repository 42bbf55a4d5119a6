import { cidrPlan } from './cidr.ts';

describe('cidrPlan', () => {
  it.each([
    { name: 'the first', cidr: '10.244.0.0/16', index: 0, want: '10.244.0.0/24' },
    { name: 'the last', cidr: '10.244.0.0/16', index: 255, want: '10.244.255.0/24' },
    { name: 'host bits are dropped', cidr: '10.244.3.7/16', index: 1, want: '10.244.1.0/24' },
    { name: 'over the third octet', cidr: '10.0.0.0/8', index: 257, want: '10.1.1.0/24' },
    { name: 'high addresses', cidr: '192.168.128.0/17', index: 5, want: '192.168.133.0/24' },
  ])('$name', ({ cidr, index, want }) => {
    expect(cidrPlan(cidr).subnet(index)).toBe(want);
    expect(cidrPlan(cidr).indexOf(want)).toBe(index);
  });

  it.each(['10.244.0.0', '10.244.0.0/33', '300.0.0.0/16', 'fd00::/64', '10.244.0.0/25'])('refuses %s', cidr => {
    expect(() => cidrPlan(cidr)).toThrow(`--cluster-cidr`);
  });

  it('knows which ranges are not its own', () => {
    const plan = cidrPlan('10.244.0.0/16');
    expect(['10.245.0.0/24', '10.244.0.0/25', 'x'].map(cidr => plan.indexOf(cidr))).toEqual([undefined, undefined, undefined]);
    expect(plan.size).toBe(256);
  });
});
