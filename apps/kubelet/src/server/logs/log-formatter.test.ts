import { LogFormatter } from './log-formatter.ts';
import type { LogOptions } from './log-options.ts';

const T1 = '2026-01-02T03:04:05.1Z';
const T2 = '2026-01-02T03:04:06.123456789Z';
const FILE = [`${T1} stdout F one`, `${T1} stderr P par`, `${T1} stderr P:x ti`, `${T2} stderr F al`, `${T2} stdout F `, ''].join('\n');
const ALL: Pick<LogOptions, 'timestamps' | 'since' | 'limitBytes' | 'stream'> = { timestamps: false, stream: 'All' };

/** The text of `file`, handed over in pieces of `size` bytes. */
function format(file: string, options: Partial<LogOptions>, size = file.length): string {
  const formatter = new LogFormatter({ ...ALL, ...options });
  const bytes = Buffer.from(file);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
  return Buffer.concat([...pieces.map(piece => formatter.push(piece)), formatter.end()]).toString('utf8');
}

describe('LogFormatter', () => {
  it.each<{ name: string; file?: string; options?: Partial<LogOptions>; want: string }>([
    { name: 'joins partial lines', want: 'one\npartial\n\n' },
    { name: 'one stream', options: { stream: 'Stdout' }, want: 'one\n\n' },
    {
      name: 'times with nine digits, one per whole line',
      options: { timestamps: true },
      want: '2026-01-02T03:04:05.100000000Z one\n2026-01-02T03:04:05.100000000Z partial\n2026-01-02T03:04:06.123456789Z \n',
    },
    { name: 'since', options: { since: BigInt(Date.parse(T2)) * 1_000_000n }, want: 'al\n\n' },
    {
      name: 'since, in another zone',
      file: '2026-01-02T05:04:06+02:00 stdout F x\n',
      options: { since: BigInt(Date.parse(T2)) * 1_000_000n },
      want: '',
    },
    { name: 'limit within a line', options: { limitBytes: 6 }, want: 'one\npa' },
    { name: 'a last line without its end', file: `${T1} stdout F cut`, want: 'cut' },
    { name: 'text that is no log line', file: `rest of a line\n${T1} stdout F one\n\n`, want: 'one\n' },
    { name: 'no text at all', file: '', want: '' },
  ])('gives what was written: $name', ({ file = FILE, options = {}, want }) => {
    expect(format(file, options)).toBe(want);
    if (file.length > 0) expect(format(file, options, 7)).toBe(want);
  });

  it('says when the limit is reached', () => {
    const formatter = new LogFormatter({ ...ALL, limitBytes: 4 });
    expect(formatter.done).toBe(false);
    formatter.push(Buffer.from(FILE));
    expect(formatter.done).toBe(true);
  });
});
