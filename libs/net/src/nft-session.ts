import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Nft, nftBy } from './nft.ts';

/** Longer transactions are read from a pipe by a process of their own: a line editor reads and remembers the lines of a session. */
const LONGEST_LINE = 65_536;

/** A session keeps its history in memory: after so many transactions a fresh one takes over. */
const MAX_TRANSACTIONS = 10_000;

export interface NftSession extends AsyncDisposable {
  /** As `nftBy`, without the cost of starting a process for each transaction. */
  readonly nft: Nft;
}

/** Keeps one `nft --interactive` running; what it was told is done, in order, one transaction at a time. */
export function nftSession(program: readonly string[] = ['nft']): NftSession {
  const longNft = nftBy(program);
  let current: Session | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const apply = async (commands: string, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    const line = commands
      .trim()
      .split(/\s*\n\s*/)
      .join('; ');
    if (line.length > LONGEST_LINE) return longNft(commands, signal);
    if (!current?.usable) {
      await current?.end();
      current = new Session(program);
    }
    await current.run(line);
  };
  return {
    nft: (commands, signal) => {
      const turn = last.then(() => apply(commands, signal));
      last = turn.catch(() => {}); // whoever asked is told; the next one has its own turn
      return turn;
    },
    [Symbol.asyncDispose]: async () => {
      await last;
      await current?.end();
    },
  };
}

class Session {
  readonly #child: ChildProcess;
  #heard = '';
  #listener: (() => void) | undefined;
  #ended = false;
  #count = 0;

  constructor([program = 'nft', ...args]: readonly string[]) {
    // Without a home it writes no history file.
    const env = { ...process.env, HOME: '/nonexistent' };
    this.#child = spawn(program, [...args, '--interactive'], { stdio: ['pipe', 'ignore', 'pipe'], env });
    const ended = (): void => {
      this.#ended = true;
      this.#listener?.();
    };
    this.#child.on('error', ended).on('close', ended);
    this.#child.stdin?.on('error', () => {}); // 'close' comes too
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#heard += text;
      this.#listener?.();
    });
  }

  get usable(): boolean {
    return !this.#ended && this.#count < MAX_TRANSACTIONS;
  }

  /**
   * A session says nothing when all is well. So each line is followed by a word that is no command: when nft complains about
   * that, it is through with the line, and what it said before is about the line.
   */
  async run(line: string): Promise<void> {
    const mark = `done-${++this.#count}`;
    const complaintAboutMark = new RegExp(`Error: [^\\n]*\\n${mark}\\n[ ~]*\\^+\\n`);
    this.#heard = '';
    this.#child.stdin?.write(`${line}\n${mark}\n`);
    while (!this.#ended && !complaintAboutMark.test(this.#heard)) await this.#more();
    if (this.#ended) throw new Error(`nft ended before it had applied a transaction: ${this.#heard.trim()}`);
    const complaint = errorsIn(this.#heard.slice(0, this.#heard.search(complaintAboutMark)));
    if (complaint !== '') throw new Error(`nft refused the rules: ${complaint}`);
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#child.stdin?.end();
    await once(this.#child, 'close');
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#listener = resolve;
    await promise;
    this.#listener = undefined;
  }
}

/** The messages alone: below each nft repeats the line, which may be long. */
const errorsIn = (heard: string): string =>
  heard
    .split('\n')
    .filter(line => /^Error: |: Error: /.test(line))
    .join(', ');
