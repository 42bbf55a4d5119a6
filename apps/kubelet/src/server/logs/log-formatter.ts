import { parseLogLine, type LogLine } from './log-line.ts';
import { type LogOptions, parseTimestamp } from './log-options.ts';

const NEWLINE = 0x0a;

type FormatOptions = Pick<LogOptions, 'timestamps' | 'since' | 'limitBytes' | 'stream'>;

/** Turns pieces of a log file into what was written to it, as `kubectl logs` shows it. */
export class LogFormatter {
  readonly #options: FormatOptions;
  readonly #stream: string | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #leftBytes: number;
  #atLineStart = true;

  constructor(options: FormatOptions) {
    this.#options = options;
    this.#stream = options.stream === 'All' ? undefined : options.stream.toLowerCase();
    this.#leftBytes = options.limitBytes ?? Infinity;
  }

  /** True once limitBytes have come out. */
  get done(): boolean {
    return this.#leftBytes <= 0;
  }

  /** The whole lines among what came so far; the rest waits for more. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const out: Buffer[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      this.#line(bytes, from, end, out);
      from = end + 1;
    }
    this.#rest = bytes.subarray(from);
    return this.#limited(Buffer.concat(out));
  }

  /** What is left at the end of the file: a line whose end was never written. */
  end(): Buffer {
    const out: Buffer[] = [];
    this.#line(this.#rest, 0, this.#rest.length, out);
    this.restart();
    return this.#limited(Buffer.concat(out));
  }

  /** Another file begins: half a line of the last one will never be whole. */
  restart(): void {
    this.#rest = Buffer.alloc(0);
  }

  #line(bytes: Buffer, from: number, end: number, out: Buffer[]): void {
    const line = parseLogLine(bytes, from, end);
    if (!line || !this.#isWanted(line)) return;
    if (this.#options.timestamps && this.#atLineStart) out.push(Buffer.from(`${nineDigits(line.time)} `));
    out.push(bytes.subarray(line.start, line.partial ? end : end + 1));
    this.#atLineStart = !line.partial;
  }

  #isWanted({ time, stream }: LogLine): boolean {
    if (this.#stream !== undefined && stream !== this.#stream) return false;
    const { since } = this.#options;
    return since === undefined || (parseTimestamp(time) ?? since) >= since;
  }

  #limited(bytes: Buffer): Buffer {
    const kept = bytes.length > this.#leftBytes ? bytes.subarray(0, this.#leftBytes) : bytes;
    this.#leftBytes -= kept.length;
    return kept;
  }
}

/** Runtimes leave trailing zeros out, kubelets show them: columns line up. */
const nineDigits = (time: string): string =>
  time.replace(
    /(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/,
    (_, fraction: string | undefined, zone: string) => `.${(fraction ?? '').padEnd(9, '0')}${zone}`,
  );
