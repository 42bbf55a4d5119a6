import type { Clock } from '@steersman/async';
import type { Out } from './out.ts';

/** One checked condition of a longer command. `facts` is what there is to say of it once it holds. */
export interface Steps {
  run<T>(name: string, work: () => Promise<T>, facts?: (result: T) => string): Promise<T>;
}

const NAME_WIDTH = 20;
const TIME_WIDTH = 9;
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

/** A line per step when it is done, with its time; on a terminal the last line shows what is under way. */
export function createSteps(out: Out & { readonly raw: (text: string) => void }, clock: Clock): Steps {
  const started = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const waiting = [...started].map(([name, since]) => `${name} ${seconds(clock.now() - since)}`).join(', ');
    out.raw(`${CLEAR_LINE}${waiting === '' ? '' : out.paint('dim', `  … ${waiting}`.slice(0, 100))}`);
  };
  const line = (mark: string, name: string, rest: string): void => {
    if (out.isTerminal) out.raw(CLEAR_LINE);
    out.print(`  ${mark} ${name.padEnd(NAME_WIDTH)}${rest}`);
  };
  const begin = (name: string): number => {
    started.set(name, clock.now());
    if (out.isTerminal) timer ??= setInterval(draw, REDRAW_MS).unref();
    return clock.now();
  };
  const end = (name: string): void => {
    started.delete(name);
    if (started.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    async run(name, work, facts) {
      const since = begin(name);
      const took = (): string => seconds(clock.now() - since).padStart(TIME_WIDTH);
      try {
        const result = await work();
        line(out.paint('green', '✓'), name, `${took()}  ${out.paint('dim', facts?.(result) ?? '')}`.trimEnd());
        return result;
      } catch (err) {
        line(out.paint('red', '✗'), name, took());
        throw err;
      } finally {
        end(name);
      }
    },
  };
}

/** As short as a person likes it: `12 ms`, `1.24 s`, `41 s`. */
export function seconds(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(2)} s` : `${Math.round(ms / 1_000)} s`;
}
