import { parseCron } from './cron-schedule.ts';

/** The next few times, in UTC. */
const times = (spec: string, after: string, { zone = 'UTC', count = 2 } = {}): readonly string[] => {
  const schedule = parseCron(spec, zone);
  const found: string[] = [];
  for (let at = schedule.next(new Date(after)); at && found.length < count; at = schedule.next(at))
    found.push(at.toISOString().slice(0, 16));
  return found;
};

describe('parseCron', () => {
  it.each([
    { name: 'every minute', spec: '* * * * *', want: ['2026-01-15T10:31', '2026-01-15T10:32'] },
    { name: 'steps', spec: '*/15 * * * *', want: ['2026-01-15T10:45', '2026-01-15T11:00'] },
    { name: 'a step from a start', spec: '5/20 * * * *', want: ['2026-01-15T10:45', '2026-01-15T11:05'] },
    { name: 'ranges and lists', spec: '0 9-11,22 * * *', want: ['2026-01-15T11:00', '2026-01-15T22:00'] },
    { name: 'names of months', spec: '0 0 1 mar *', want: ['2026-03-01T00:00', '2027-03-01T00:00'] },
    { name: 'names of days', spec: '0 8 * * MON-FRI', want: ['2026-01-16T08:00', '2026-01-19T08:00'] },
    { name: 'a day of the month or of the week when both are given', spec: '0 0 17 * 5', want: ['2026-01-16T00:00', '2026-01-17T00:00'] },
    { name: 'a day of the week when the other is a star', spec: '0 0 ? * 0', want: ['2026-01-18T00:00', '2026-01-25T00:00'] },
    { name: 'a leap day', spec: '0 0 29 2 *', want: ['2028-02-29T00:00', '2032-02-29T00:00'] },
    { name: 'a day that never is', spec: '0 0 30 2 *', want: [] },
    { name: '@hourly', spec: '@hourly', want: ['2026-01-15T11:00', '2026-01-15T12:00'] },
    { name: '@weekly', spec: '@weekly', want: ['2026-01-18T00:00', '2026-01-25T00:00'] },
    { name: '@every', spec: '@every 1h30m', want: ['2026-01-15T12:00', '2026-01-15T13:30'] },
  ])('$name', ({ spec, want }) => {
    expect(times(spec, '2026-01-15T10:30:00Z')).toEqual(want);
  });

  it.each([
    {
      name: 'a zone ahead of UTC',
      spec: '0 9 * * *',
      zone: 'Asia/Tokyo',
      after: '2026-01-15T10:30:00Z',
      want: ['2026-01-16T00:00', '2026-01-17T00:00'],
    },
    {
      name: 'a zone of half hours',
      spec: '30 0 * * *',
      zone: 'Asia/Kolkata',
      after: '2026-01-15T10:30:00Z',
      want: ['2026-01-15T19:00', '2026-01-16T19:00'],
    },
    {
      name: 'the start of summer time moves the UTC time',
      spec: '0 12 * * *',
      zone: 'Europe/Berlin',
      after: '2026-03-28T00:00:00Z',
      want: ['2026-03-28T11:00', '2026-03-29T10:00'],
    },
    {
      name: 'the hour that summer time leaves out',
      spec: '30 2 * * *',
      zone: 'Europe/Berlin',
      after: '2026-03-28T12:00:00Z',
      want: ['2026-03-30T00:30', '2026-03-31T00:30'],
    },
    {
      name: 'midnight after a short day',
      spec: '0 0 * * *',
      zone: 'Europe/Berlin',
      after: '2026-03-28T12:00:00Z',
      want: ['2026-03-28T23:00', '2026-03-29T22:00'],
    },
    {
      name: 'midnight after a long day',
      spec: '0 0 * * *',
      zone: 'Europe/Berlin',
      after: '2026-10-24T12:00:00Z',
      want: ['2026-10-24T22:00', '2026-10-25T23:00'],
    },
    {
      name: 'the hour that comes twice',
      spec: '30 2 * * *',
      zone: 'Europe/Berlin',
      after: '2026-10-24T12:00:00Z',
      want: ['2026-10-25T00:30', '2026-10-25T01:30'],
    },
  ])('$name', ({ spec, zone, after, want }) => {
    expect(times(spec, after, { zone })).toEqual(want);
  });

  it.each([
    { spec: '', want: 'empty spec string' },
    { spec: '* * * *', want: 'expected exactly 5 fields, found 4: [* * * *]' },
    { spec: '60 * * * *', want: 'end of range (60) above maximum (59): 60' },
    { spec: '* * 0 * *', want: 'beginning of range (0) below minimum (1): 0' },
    { spec: '* * * * 7', want: 'end of range (7) above maximum (6): 7' },
    { spec: '5-3 * * * *', want: 'beginning of range (5) beyond end of range (3): 5-3' },
    { spec: '1-2-3 * * * *', want: 'too many hyphens: 1-2-3' },
    { spec: '*/2/3 * * * *', want: 'too many slashes: */2/3' },
    { spec: '*/0 * * * *', want: 'step of range should be a positive number: */0' },
    { spec: 'x * * * *', want: 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax' },
    { spec: '@often', want: 'unrecognized descriptor: @often' },
    { spec: '@every often', want: 'failed to parse duration @every often: time: invalid duration "often"' },
  ])('refuses "$spec"', ({ spec, want }) => {
    expect(() => parseCron(spec)).toThrow(want);
  });
});
