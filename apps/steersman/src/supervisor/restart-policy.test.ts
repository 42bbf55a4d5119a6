import { decideRestart } from './restart-policy.ts';

describe('decideRestart', () => {
  it.each([
    { name: 'the first exit', failures: 0, ranMs: 60_000, code: 1, want: { verdict: 'restart', delayMs: 0, failures: 1 } },
    { name: 'an exit soon after', failures: 1, ranMs: 50, code: 1, want: { verdict: 'restart', delayMs: 100, failures: 2 } },
    { name: 'the fourth in a row', failures: 3, ranMs: 50, code: undefined, want: { verdict: 'restart', delayMs: 400, failures: 4 } },
    { name: 'the fiftieth in a row', failures: 49, ranMs: 50, code: 1, want: { verdict: 'restart', delayMs: 10_000, failures: 50 } },
    { name: 'an exit after a quiet while', failures: 9, ranMs: 10_000, code: 1, want: { verdict: 'restart', delayMs: 0, failures: 1 } },
    { name: 'a clean exit', failures: 0, ranMs: 5, code: 0, want: { verdict: 'restart', delayMs: 0, failures: 1 } },
    { name: 'a refused configuration', failures: 0, ranMs: 5, code: 64, want: { verdict: 'give up' } },
  ])('after $name', ({ failures, ranMs, code, want }) => {
    expect(decideRestart({ failures }, { ranMs, code })).toEqual(want);
  });
});
