import { appendFileSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotateLogs } from './rotate-logs.ts';

describe('rotateLogs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'logs-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('moves full logs aside, keeps the last few, and lets writers go on', () => {
    const file = join(dir, 'nats.log');
    const writer = openSync(file, 'a');
    for (const round of ['one', 'two', 'three']) {
      writeSync(writer, `${round}\n`);
      rotateLogs(dir, { maxBytes: 3, keep: 2 });
    }
    writeSync(writer, 'x\n');
    closeSync(writer);
    appendFileSync(join(dir, 'small.log'), 'abc');
    rotateLogs(dir, { maxBytes: 3, keep: 2 });
    const content = Object.fromEntries(readdirSync(dir).map(name => [name, readFileSync(join(dir, name), 'utf8')]));
    expect(content).toEqual({ 'nats.log': 'x\n', 'nats.log.1': 'three\n', 'nats.log.2': 'two\n', 'small.log': 'abc' });
  });
});
