import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogOptions } from './log-options.ts';
import { openLog } from './read-log.ts';

const line = (text: string): string => `2026-01-02T03:04:05.1Z stdout F ${text}\n`;
const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, n) => line(`line ${from + n}`)).join('');
const OPTIONS: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };

let folder: string;
let logPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steersman-logs-'));
  logPath = join(folder, '0.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(options: Partial<LogOptions>): Promise<string> {
  const text = await openLog({ logPath, ended: Promise.resolve() }, { ...OPTIONS, ...options }, new AbortController().signal);
  return Buffer.concat(await Array.fromAsync(text)).toString('utf8');
}

/** A log that is being followed; `until` reads on until all that came ends with a text. */
async function follow(options: Partial<LogOptions> = {}) {
  const end = Promise.withResolvers<void>();
  const stop = new AbortController();
  const text = await openLog({ logPath, ended: end.promise }, { ...OPTIONS, follow: true, ...options }, stop.signal);
  let seen = '';
  const until = async (wanted: string): Promise<string> => {
    while (!seen.endsWith(wanted)) {
      const { value, done } = await text.next();
      if (done) throw new Error(`ended after ${JSON.stringify(seen)}`);
      seen += value.toString('utf8');
    }
    return seen;
  };
  const rest = async (): Promise<string> => {
    for await (const piece of text) seen += piece.toString('utf8');
    return seen;
  };
  return { until, rest, end: end.resolve, stop };
}

describe('openLog', () => {
  it('says which file is missing', async () => {
    await expect(read({})).rejects.toMatchObject({ reason: 'InternalError', message: expect.stringContaining(logPath) });
  });

  it.each([
    { name: 'none', tailLines: 0, want: '' },
    { name: 'the last', tailLines: 1, want: 'line 9999\n' },
    { name: 'some', tailLines: 3, want: 'line 9997\nline 9998\nline 9999\n' },
  ])('reads the end of a large file: $name', async ({ tailLines, want }) => {
    writeFileSync(logPath, lines(0, 10_000));
    expect(await read({ tailLines })).toBe(want);
  });

  it.each([{ tailLines: 5_000 }, { tailLines: 9_999 }, { tailLines: 10_000 }, { tailLines: 20_000 }])(
    'reads as many lines as there are: $tailLines',
    async ({ tailLines }) => {
      writeFileSync(logPath, lines(0, 10_000));
      const got = (await read({ tailLines })).split('\n').slice(0, -1);
      const want = Math.min(tailLines, 10_000);
      expect(got).toHaveLength(want);
      expect(got[0]).toBe(`line ${10_000 - want}`);
    },
  );

  it('stops at the limit', async () => {
    writeFileSync(logPath, lines(0, 10_000));
    expect(await read({ limitBytes: 10 })).toBe('line 0\nlin');
  });

  it('follows what is written, and ends with the container', async () => {
    writeFileSync(logPath, line('one'));
    const log = await follow();
    await log.until('one\n');
    appendFileSync(logPath, line('two').slice(0, 20));
    appendFileSync(logPath, line('two').slice(20));
    expect(await log.until('two\n')).toBe('one\ntwo\n');
    appendFileSync(logPath, line('three'));
    log.end();
    expect(await log.rest()).toBe('one\ntwo\nthree\n');
  });

  it('follows on in the next file after a rotation, and loses nothing of the last', async () => {
    writeFileSync(logPath, line('one'));
    const log = await follow();
    await log.until('one\n');
    renameSync(logPath, join(folder, '0.log.20260102-030405'));
    appendFileSync(join(folder, '0.log.20260102-030405'), line('two'));
    writeFileSync(logPath, line('three'));
    expect(await log.until('three\n')).toBe('one\ntwo\nthree\n');
    appendFileSync(logPath, line('four'));
    log.end();
    expect(await log.rest()).toBe('one\ntwo\nthree\nfour\n');
  });

  it('begins anew in a file that was emptied', async () => {
    writeFileSync(logPath, lines(0, 10));
    const log = await follow({ tailLines: 1 });
    await log.until('line 9\n');
    truncateSync(logPath);
    writeFileSync(logPath, line('new'));
    expect(await log.until('new\n')).toBe('line 9\nnew\n');
    log.end();
    await log.rest();
  });

  it('ends at the limit while following', async () => {
    writeFileSync(logPath, line('one'));
    const log = await follow({ limitBytes: 6 });
    await log.until('one\n');
    appendFileSync(logPath, line('two'));
    expect(await log.rest()).toBe('one\ntw');
  });

  it('stops on abort', async () => {
    writeFileSync(logPath, line('one'));
    const log = await follow();
    await log.until('one\n');
    const waiting = log.until('never');
    log.stop.abort(new Error('client gone'));
    await expect(waiting).rejects.toThrow('client gone');
  });
});
