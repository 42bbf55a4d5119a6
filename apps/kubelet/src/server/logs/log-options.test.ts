import { logOptions, parseTimestamp } from './log-options.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const nanos = (time: string): bigint => BigInt(Date.parse(time)) * 1_000_000n;
const DEFAULTS = { follow: false, previous: false, timestamps: false, stream: 'All' };

describe('logOptions', () => {
  it.each([
    { query: '', want: DEFAULTS },
    { query: 'follow=true&previous=1&timestamps=true', want: { ...DEFAULTS, follow: true, previous: true, timestamps: true } },
    { query: 'tailLines=0&limitBytes=1', want: { ...DEFAULTS, tailLines: 0, limitBytes: 1 } },
    { query: 'sinceSeconds=5', want: { ...DEFAULTS, since: nanos('2026-01-02T03:04:00.678Z') } },
    { query: 'sinceTime=2026-01-02T05:04:00%2B02:00', want: { ...DEFAULTS, since: nanos('2026-01-02T03:04:00Z') } },
    { query: 'stream=Stderr', want: { ...DEFAULTS, stream: 'Stderr' } },
  ])('reads "$query"', ({ query, want }) => {
    expect(logOptions(new URLSearchParams(query), NOW)).toEqual(want);
  });

  it.each([
    { query: 'tailLines=-1', want: 'Invalid' },
    { query: 'tailLines=x', want: 'BadRequest' },
    { query: 'limitBytes=0', want: 'Invalid' },
    { query: 'sinceSeconds=1&sinceTime=2026-01-02T03:04:00Z', want: 'Invalid' },
    { query: 'sinceTime=yesterday', want: 'BadRequest' },
    { query: 'stream=both', want: 'Invalid' },
  ])('refuses "$query"', ({ query, want }) => {
    expect(() => logOptions(new URLSearchParams(query), NOW)).toThrow(expect.objectContaining({ reason: want }));
  });
});

describe('parseTimestamp', () => {
  it.each([
    { text: '1970-01-01T00:00:01Z', want: 1_000_000_000n },
    { text: '1970-01-01T00:00:00.000000001Z', want: 1n },
    { text: '1970-01-01T01:00:00.5+01:00', want: 500_000_000n },
    { text: '1970-01-01', want: undefined },
  ])('reads $text', ({ text, want }) => {
    expect(parseTimestamp(text)).toBe(want);
  });
});
