import { backoffMs, retry } from './backoff.ts';

describe('backoffMs', () => {
  it.each([
    { name: 'starts at the first delay', failed: 1, want: 10 },
    { name: 'doubles', failed: 4, want: 80 },
    { name: 'is capped', failed: 60, want: 300_000 },
  ])('$name', ({ failed, want }) => {
    expect(backoffMs(failed, { jitter: 0 })).toBe(want);
  });

  it('takes off at most the jitter share', () => {
    expect(backoffMs(1, { jitter: 0.5, random: () => 0 })).toBe(5);
  });
});

describe('retry', () => {
  const clock = { now: () => 0, wall: () => new Date(0), sleep: async () => {} };

  it('returns the first success', async () => {
    let tries = 0;
    const attempt = async () => {
      if (++tries < 3) throw new Error('again');
      return tries;
    };
    expect(await retry(attempt, { signal: new AbortController().signal, clock })).toBe(3);
  });

  it('gives up on a final error', async () => {
    const attempt = async () => {
      throw new Error('no use');
    };
    await expect(retry(attempt, { signal: new AbortController().signal, clock, retryable: () => false })).rejects.toThrow('no use');
  });

  it('stops when aborted', async () => {
    const stop = new AbortController();
    const attempt = async () => {
      stop.abort();
      throw new Error('late');
    };
    await expect(retry(attempt, { signal: stop.signal, clock })).rejects.toThrow('late');
  });
});
