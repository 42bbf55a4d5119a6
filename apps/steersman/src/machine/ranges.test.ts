import { addressAt, freeRange, overlaps } from './ranges.ts';

describe('overlaps', () => {
  it.each([
    { one: '10.244.0.0/16', other: '10.244.3.0/24', want: true },
    { one: '10.244.3.0/24', other: '10.244.0.0/16', want: true },
    { one: '10.244.0.0/16', other: '10.245.0.0/16', want: false },
    { one: '10.0.0.0/8', other: '10.96.0.0/16', want: true },
    { one: '10.96.0.1', other: '10.96.0.0/16', want: true },
    { one: '0.0.0.0/0', other: '192.168.1.0/24', want: true },
    { one: 'fd00::/64', other: '10.96.0.0/16', want: false },
  ])('of $one and $other: $want', ({ one, other, want }) => {
    expect(overlaps(one, other)).toBe(want);
  });
});

describe('freeRange', () => {
  const candidates = ['10.244.0.0/16', '10.245.0.0/16'];
  it.each([
    { name: 'the first', taken: ['192.168.0.0/16'], want: '10.244.0.0/16' },
    { name: 'the next when somebody routes a part of the first', taken: ['10.244.7.0/24'], want: '10.245.0.0/16' },
    { name: 'none when all are taken', taken: ['10.0.0.0/8'], want: undefined },
  ])('is $name', ({ taken, want }) => {
    expect(freeRange(candidates, taken)).toBe(want);
  });
});

describe('addressAt', () => {
  it('counts from the start of the range', () => {
    expect([addressAt('10.96.0.0/16', 1), addressAt('10.96.0.0/16', 256)]).toEqual(['10.96.0.1', '10.96.1.0']);
  });
});
