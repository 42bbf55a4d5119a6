import { quantile, shown } from './statistics.ts';

describe('quantile', () => {
  it.each([
    { name: 'the middle of an odd number', values: [3, 1, 2], share: 0.5, want: 2 },
    { name: 'the highest for a share of one', values: [3, 1, 2], share: 1, want: 3 },
    { name: 'nothing', values: [], share: 0.5, want: 0 },
  ])('$name', ({ values, share, want }) => {
    expect(quantile(values, share)).toBe(want);
  });
});

describe('shown', () => {
  it.each([
    { name: 'thousands', value: 20_345.6, want: '20,346' },
    { name: 'small numbers', value: 1.23456, want: '1.23' },
  ])('$name', ({ value, want }) => {
    expect(shown(value)).toBe(want);
  });
});
