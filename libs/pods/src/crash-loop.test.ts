import { CrashLoop, durationText } from './crash-loop.ts';

const MINUTE = 60_000;

/** The pause before each of so many restarts of a container that dies at once. */
function pauses(restarts: number): readonly number[] {
  const crashLoop = new CrashLoop();
  const seen: number[] = [];
  let now = 0;
  for (let restart = 0; restart < restarts; restart++) {
    const held = crashLoop.heldUntil('web', now, now);
    seen.push(held?.delayMs ?? 0);
    const finishedMs = now;
    now = held?.untilMs ?? now;
    crashLoop.restarted('web', finishedMs, now);
    now += 1; // it runs for a moment
  }
  return seen;
}

describe('CrashLoop', () => {
  it('doubles the pause from 10 s to 5 min', () => {
    expect(pauses(8)).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  it('forgets a container that ran for ten minutes', () => {
    const crashLoop = new CrashLoop();
    crashLoop.restarted('web', 0, 0);
    crashLoop.restarted('web', 1000, 11_000);
    const late = 11_000 + 10 * MINUTE + 1;
    expect(crashLoop.heldUntil('web', late, late)).toBeUndefined();
    crashLoop.restarted('web', late, late);
    expect(crashLoop.heldUntil('web', late + 1, late + 1)).toEqual({ untilMs: late + 10_001, delayMs: 10_000 });
  });

  it('counts one end once', () => {
    const crashLoop = new CrashLoop();
    crashLoop.restarted('web', 5, 5);
    crashLoop.restarted('web', 5, 6);
    expect(crashLoop.heldUntil('web', 7, 7)?.delayMs).toBe(10_000);
  });
});

describe('durationText', () => {
  it.each([
    { ms: 10_000, want: '10s' },
    { ms: 80_000, want: '1m20s' },
    { ms: 300_000, want: '5m0s' },
  ])('$ms ms is $want', ({ ms, want }) => {
    expect(durationText(ms)).toBe(want);
  });
});
