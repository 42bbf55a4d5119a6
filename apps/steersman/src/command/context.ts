import type { Clock } from '@steersman/async';
import type { Registry } from '../cluster/state.ts';
import type { Out } from './out.ts';
import type { Steps } from './steps.ts';

/** What every command works with. */
export interface Context {
  /** Of the project. */
  readonly root: string;
  readonly out: Out;
  readonly steps: Steps;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registry: Registry;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** A question on the terminal; undefined without one. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}
