import { FakeClock } from '@steersman/testing';
import { paintFor } from './out.ts';
import { createSteps, seconds } from './steps.ts';

function setUp() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const out = {
    print: (line: string) => void lines.push(line),
    tell: () => {},
    raw: () => {},
    isTerminal: false,
    paint: paintFor({ colours: false }),
  };
  return { clock, lines, steps: createSteps(out, clock) };
}

describe('createSteps', () => {
  it('says what was done, how long it took and what came of it', async () => {
    const { clock, lines, steps } = setUp();
    const result = await steps.run(
      'certificates',
      async () => {
        await clock.advance(1_234);
        return 9;
      },
      made => `${made} made`,
    );
    expect(result).toBe(9);
    expect(lines).toEqual(['  ✓ certificates           1.23 s  9 made']);
  });

  it('says what failed, and lets the failure through', async () => {
    const { lines, steps } = setUp();
    const work = async (): Promise<never> => {
      throw new Error('no disk');
    };
    await expect(steps.run('nats', work)).rejects.toThrow('no disk');
    expect(lines).toEqual(['  ✗ nats                     0 ms']);
  });
});

describe('seconds', () => {
  it.each([
    { ms: 0.4, want: '0 ms' },
    { ms: 999, want: '999 ms' },
    { ms: 1_000, want: '1.00 s' },
    { ms: 61_400, want: '61 s' },
  ])('writes $ms ms as $want', ({ ms, want }) => {
    expect(seconds(ms)).toBe(want);
  });
});
