import { type ChildProcess, spawn } from 'node:child_process';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShellOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly limitMs?: number;
}

/** Runs a program to its end; one that does not end in time is killed, and that is an error which shows what it said. */
export async function shell(command: string, args: readonly string[], options: ShellOptions = {}): Promise<Finished> {
  await using session = new Session(command, args, options);
  if (options.input !== undefined) session.write(options.input);
  session.closeInput();
  return await session.finished(options.limitMs ?? 60_000);
}

/** A program under way: what it says can be waited for, and it can be talked to. */
export class Session implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #closed: Promise<number | null>;
  #stdout = '';
  #stderr = '';
  #heard = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(command: string, args: readonly string[], { env }: ShellOptions = {}) {
    this.#name = [command, ...args].join(' ');
    this.#child = spawn(command, args, {
      stdio: 'pipe',
      detached: true, // its whole group can be killed
      env: { ...process.env, ...env },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(() => (this.#stdout += text)));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#hear(() => (this.#stderr += text)));
    this.#child.stdin?.on('error', () => {}); // it ended before it read everything
    this.#closed = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', code => {
        this.#hear(() => (this.#isClosed = true));
        resolve(code);
      });
    });
    this.#closed.catch(() => {}); // whoever waits for it hears of it
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Whole ones; the last may lack its end once the program has ended. */
  get stderr(): string {
    return this.#stderr;
  }

  get lines(): readonly string[] {
    const whole = this.#isClosed ? this.#stdout : this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1);
    return whole.split(/\r?\n/).filter(line => line !== '');
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** What Ctrl-C sends. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  /** Resolves with what `check` returns once it is neither undefined nor false, looking after each output. */
  async heard<T>(what: string, check: (session: Session) => T | undefined | false, limitMs = 60_000): Promise<T> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const heard = this.#heard.promise;
      const found = check(this);
      if (found !== undefined && found !== false) return found;
      if (this.#isClosed) throw this.#complain(`ended without ${what}`);
      if (!(await within(heard, deadline - Date.now()))) throw this.#complain(`did not say ${what} in ${limitMs} ms`);
    }
  }

  async finished(limitMs = 60_000): Promise<Finished> {
    if (!(await within(this.#closed, limitMs))) throw this.#complain(`did not end in ${limitMs} ms`);
    return { code: await this.#closed, stdout: this.#stdout, stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed && this.#child.pid !== undefined) {
      try {
        process.kill(-this.#child.pid, 'SIGKILL');
      } catch {
        return; // it has just ended
      }
      await this.#closed.catch(() => {});
    }
  }

  #hear(change: () => void): void {
    change();
    const { resolve } = this.#heard;
    this.#heard = Promise.withResolvers<void>();
    resolve();
  }

  #complain(what: string): Error {
    return new Error(`${this.#name}\n${what}; it said:\n${this.#stdout}\n${this.#stderr}`);
  }
}

/** Whether `promise` settles in time. */
async function within(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>(resolve => (timer = setTimeout(resolve, Math.max(0, limitMs), false)));
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
