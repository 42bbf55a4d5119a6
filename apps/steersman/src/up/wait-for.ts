import type { Clock } from '@steersman/async';
import type { Layout } from '../cluster/layout.ts';
import { readable, tailOf } from '../cluster/log-tail.ts';
import { observe, supervisorOf } from '../cluster/records.ts';
import { UserError } from '../command/user-error.ts';

const POLL_MS = 20;
const LIMIT_MS = 60_000;
/** A component that ends so often before it was ready will not become so. */
const MAX_RESTARTS = 5;
const LOG_LINES = 6;

export interface WaitDeps {
  readonly layout: Layout;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves once `check` gives something; fails, with the component's last words, when it never will. */
export async function waitFor<T>(component: string, check: () => Promise<T | undefined | false>, deps: WaitDeps): Promise<T> {
  const { layout, clock, signal } = deps;
  const deadline = clock.now() + LIMIT_MS;
  for (;;) {
    const found = await check().catch((err: unknown) => {
      signal.throwIfAborted();
      return void err; // it does not answer yet; its log says why if it never does
    });
    if (found !== undefined && found !== false) return found;
    const fault = hopeless(component, layout) ?? (clock.now() > deadline ? `was not ready within ${LIMIT_MS / 1_000} s` : undefined);
    if (fault !== undefined) throw complaint(component, fault, layout);
    await clock.sleep(POLL_MS, signal);
  }
}

function hopeless(name: string, layout: Layout): string | undefined {
  const found = observe(layout).find(component => component.name === name);
  if (found?.state === 'failed') return 'refuses its configuration';
  if (found?.state === 'dead') return supervisorOf(layout) ? 'has ended' : 'has ended, and so has its supervisor';
  return (found?.restarts ?? 0) >= MAX_RESTARTS ? `has ended ${MAX_RESTARTS} times` : undefined;
}

function complaint(component: string, fault: string, layout: Layout): UserError {
  const said = tailOf(layout.log(component), LOG_LINES).map(line => `    ${readable(line)}`);
  return new UserError([`${component} ${fault}`, ...(said.length > 0 ? ['  it said last:', ...said] : [])].join('\n'), {
    hint: `the whole log is ${layout.log(component)}; \`steersman down\` stops what runs`,
  });
}
