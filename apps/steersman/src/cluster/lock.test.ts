import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@steersman/testing';
import { writeJson } from './json-file.ts';
import { lock } from './lock.ts';

describe('lock', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lock-'));
  const file = join(dir, 'lock');
  const { signal } = new AbortController();
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('is held by one at a time', async () => {
    const clock = new FakeClock();
    const waits: number[] = [];
    const held = await lock(file, { clock, signal });
    const second = lock(file, { clock, signal, onWait: pid => waits.push(pid) });
    await clock.advance(200);
    expect(waits).toEqual([process.pid]);
    held[Symbol.dispose]();
    await clock.advance(200);
    (await second)[Symbol.dispose]();
    expect(existsSync(file)).toBe(false);
  });

  it('is taken from a process that is dead', async () => {
    writeJson(file, { pid: process.pid, startTime: '1' });
    using _ = await lock(file, { clock: new FakeClock(), signal });
    expect(existsSync(file)).toBe(true);
  });
});
