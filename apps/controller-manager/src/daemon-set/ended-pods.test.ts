import { FakeClock } from '@steersman/testing';
import { EndedPods } from './ended-pods.ts';

describe('EndedPods', () => {
  it('lets a place have a successor at once, then after 1 s, 2 s, 4 s', async () => {
    const clock = new FakeClock();
    const ended = new EndedPods(clock);
    const waits: number[] = [];
    for (let times = 0; times < 4; times++) {
      const waitMs = ended.replaceInMs('n1');
      waits.push(waitMs);
      await clock.advance(waitMs);
      if (waitMs > 0) ended.replaceInMs('n1');
    }
    expect(waits).toEqual([0, 1_000, 2_000, 4_000]);
    expect(ended.replaceInMs('n2')).toBe(0);
  });

  it('forgets a place that was quiet for half an hour', async () => {
    const clock = new FakeClock();
    const ended = new EndedPods(clock);
    ended.replaceInMs('n1');
    await clock.advance(1_800_000);
    expect(ended.replaceInMs('n1')).toBe(0);
    expect(ended.replaceInMs('n1')).toBe(1_000);
  });
});
