import { parseCron } from '@steersman/types';
import { dueTime } from './due-time.ts';

const due = (spec: string, since: string, now: string): { readonly at: string; readonly isFarBehind: boolean } | undefined => {
  const found = dueTime(parseCron(spec, 'UTC'), { since: new Date(since), now: new Date(now) });
  return found && { at: found.at.toISOString().slice(0, 16), isFarBehind: found.isFarBehind };
};

describe('dueTime', () => {
  it.each([
    { name: 'none yet', spec: '0 * * * *', since: '2026-01-01T10:05:00Z', now: '2026-01-01T10:59:59Z', want: undefined },
    {
      name: 'one, at its very moment',
      spec: '0 * * * *',
      since: '2026-01-01T10:05:00Z',
      now: '2026-01-01T11:00:00Z',
      want: { at: '2026-01-01T11:00', isFarBehind: false },
    },
    {
      name: 'the last of several',
      spec: '*/10 * * * *',
      since: '2026-01-01T10:05:00Z',
      now: '2026-01-01T10:45:00Z',
      want: { at: '2026-01-01T10:40', isFarBehind: false },
    },
    {
      name: 'the last of very many',
      spec: '* * * * *',
      since: '2025-01-01T00:00:00Z',
      now: '2026-01-01T10:45:30Z',
      want: { at: '2026-01-01T10:45', isFarBehind: true },
    },
    {
      name: 'one long ago',
      spec: '0 0 1 1 *',
      since: '2025-06-01T00:00:00Z',
      now: '2026-05-01T00:00:00Z',
      want: { at: '2026-01-01T00:00', isFarBehind: false },
    },
  ])('$name', ({ spec, since, now, want }) => {
    expect(due(spec, since, now)).toEqual(want);
  });
});
