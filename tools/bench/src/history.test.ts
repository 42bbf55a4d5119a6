import { fallOf, type HistoryRow, isFall } from './history.ts';

const row = (median: number, control: number, better: 'higher' | 'lower' = 'higher'): HistoryRow => ({
  time: '',
  commit: '',
  machine: '',
  command: '',
  benchmark: 'b',
  name: 'n',
  unit: '/s',
  better,
  median,
  values: [median],
  control,
});

describe('fallOf', () => {
  it.each([
    { name: 'a rate that fell', before: row(100, 10), now: row(80, 10), want: true },
    { name: 'a rate that fell with the machine', before: row(100, 10), now: row(50, 5), want: false },
    { name: 'a time that grew', before: row(100, 10, 'lower'), now: row(130, 10, 'lower'), want: true },
    { name: 'a time that grew because the machine is slow', before: row(100, 10, 'lower'), now: row(200, 5, 'lower'), want: false },
    { name: 'a small change', before: row(100, 10), now: row(90, 10), want: false },
  ])('$name', ({ before, now, want }) => {
    expect(isFall(fallOf(now, [before]))).toBe(want);
  });

  it('is unknown without history', () => {
    expect(fallOf(row(1, 1), [])).toBeUndefined();
  });
});
