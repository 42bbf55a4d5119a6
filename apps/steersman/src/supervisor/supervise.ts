import type { Clock } from '@steersman/async';
import type { Logger } from '@steersman/telemetry';
import type { Component, ComponentRecord, Exit } from './plan.ts';
import { decideRestart } from './restart-policy.ts';

export interface RunningProcess {
  readonly pid: number;
  readonly startTime: string;
  /** ISO time of the start of one that was adopted. */
  readonly startedAt?: string;
  /** Resolves when it has ended, rejects with an AbortError when `signal` aborts; the process goes on then. */
  ended(signal: AbortSignal): Promise<Exit>;
}

export interface Processes {
  start(component: Component): RunningProcess;
  /** One that an earlier supervisor left running. */
  adopt(component: Component): RunningProcess | undefined;
}

export interface SuperviseDeps {
  readonly processes: Processes;
  readonly save: (record: ComponentRecord) => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Keeps every component running until `signal` aborts. What runs then is left running, for the next supervisor to adopt. */
export async function supervise(components: readonly Component[], deps: SuperviseDeps): Promise<void> {
  await Promise.all(components.map(component => keepRunning(component, deps)));
}

async function keepRunning(component: Component, { processes, save, clock, log, signal }: SuperviseDeps): Promise<void> {
  const { name } = component;
  let adopted = processes.adopt(component);
  if (adopted) log.info('component adopted', { component: name, pid: adopted.pid });
  let failures = 0;
  let lastExit: Exit | undefined;
  for (let restarts = 0; ; restarts++) {
    const started = clock.now();
    const running = adopted ?? processes.start(component);
    adopted = undefined;
    const { pid, startTime } = running;
    const known = { name, restarts, startedAt: running.startedAt ?? clock.wall().toISOString(), ...(lastExit && { lastExit }) };
    save({ ...known, state: 'running', pid, startTime });
    if (restarts > 0) log.info('component started again', { component: name, pid, restarts });

    lastExit = await running.ended(signal);
    const decision = decideRestart({ failures }, { ranMs: clock.now() - started, code: lastExit.code });
    if (decision.verdict === 'give up') {
      log.error('component refuses its configuration and is not started again', { component: name, ...lastExit });
      save({ ...known, state: 'failed', lastExit });
      return;
    }
    failures = decision.failures;
    log.warn('component ended', { component: name, ...lastExit, restartInMs: decision.delayMs });
    if (decision.delayMs > 0) {
      save({ ...known, state: 'waiting', lastExit });
      await clock.sleep(decision.delayMs, signal);
    }
  }
}
