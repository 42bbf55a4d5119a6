import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { longRun, seededRandom } from './long-run.ts';

describe('longRun', () => {
  it('is a sample unless reports are asked for', () => {
    const run = longRun('cuts', {});
    expect({ whole: run.whole, count: run.count({ sample: 3, whole: 100 }) }).toEqual({ whole: false, count: 3 });
  });

  it('writes the report of a whole run, with the way to repeat it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'long-run-'));
    try {
      const run = longRun('cuts', { STEERSMAN_LONG_REPORTS: folder, STEERSMAN_SEED: '7' });
      run.report(['nothing was lost']);
      expect(run.count({ sample: 3, whole: 100 })).toBe(100);
      expect(readFileSync(join(folder, 'cuts.md'), 'utf8')).toMatch(/nothing was lost\n\nSeed 7\. Again: `STEERSMAN_SEED=7 /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a seed that is no number', () => {
    expect(() => longRun('cuts', { STEERSMAN_SEED: 'x' })).toThrow('STEERSMAN_SEED must be a whole number, not x');
  });
});

describe('seededRandom', () => {
  it('repeats itself, spreads, and stays below 1', () => {
    const [one, other] = [seededRandom(5), seededRandom(5)];
    const values = Array.from({ length: 1_000 }, one);
    expect(Array.from({ length: 1_000 }, other)).toEqual(values);
    expect(new Set(values).size).toBe(1_000);
    expect(Math.min(...values)).toBeLessThan(0.01);
    expect(Math.max(...values)).toBeGreaterThan(0.99);
    expect(Math.max(...values)).toBeLessThan(1);
  });
});
