import type { Clock } from '@steersman/async';
import type { Cri } from '@steersman/cri';
import type { Container, Probe } from '@steersman/types';
import type { PodEvents } from '../pods/pod-events.ts';
import { runProbe } from './run-probe.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

const TITLE: Readonly<Record<ProbeKind, string>> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };

export interface ProbeVerdict {
  readonly ready: boolean;
  readonly started: boolean;
  /** The probe that has given the container up. */
  readonly unhealthy?: 'startup' | 'liveness';
}

export interface ProberDeps {
  readonly cri: Pick<Cri, 'execSync'>;
  readonly clock: Clock;
  readonly events: PodEvents;
  readonly container: Container;
  readonly containerId: string;
  readonly ip: string;
  /** When the container was started, milliseconds since the epoch. */
  readonly startedMs: number;
  /** What was known of it before this process. */
  readonly before: { readonly ready: boolean; readonly started: boolean } | undefined;
  readonly onChange: (verdict: ProbeVerdict) => void;
}

/** Runs the probes of one running container until it is stopped: startup first, then liveness and readiness side by side. */
export class ContainerProber {
  readonly #deps: ProberDeps;
  readonly #stop = new AbortController();
  #verdict: ProbeVerdict;
  #running: Promise<unknown> = Promise.resolve();

  constructor(deps: ProberDeps) {
    const { container, before } = deps;
    this.#deps = deps;
    const started = before?.started ?? !container.startupProbe;
    this.#verdict = { started, ready: before?.ready ?? (started && !container.readinessProbe) };
  }

  get verdict(): ProbeVerdict {
    return this.#verdict;
  }

  start(): void {
    this.#running = this.#run().catch(() => {}); // ends only by `stop`
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { startupProbe, livenessProbe, readinessProbe } = this.#deps.container;
    if (startupProbe && !this.#verdict.started) {
      const passed = await this.#loop('startup', startupProbe, { untilOk: true });
      if (!passed) return;
    }
    await Promise.all([
      livenessProbe && this.#loop('liveness', livenessProbe, {}),
      readinessProbe && this.#loop('readiness', readinessProbe, {}),
    ]);
  }

  /** Ends with true when `untilOk` has come, with false when the container is given up. */
  async #loop(kind: ProbeKind, probe: Probe, { untilOk = false }: { readonly untilOk?: boolean }): Promise<boolean> {
    const { clock, startedMs } = this.#deps;
    const { signal } = this.#stop;
    const { periodSeconds = 10, initialDelaySeconds = 0, failureThreshold = 3, successThreshold = 1 } = probe;
    await clock.sleep(Math.max(startedMs + initialDelaySeconds * 1000 - clock.wall().getTime(), 0), signal);
    let ok: boolean | undefined;
    for (let inRow = 0; ;) {
      const result = await runProbe(probe, { ...this.#deps, signal });
      inRow = result.ok === ok ? inRow + 1 : 1;
      ok = result.ok;
      if (!ok) this.#deps.events.warning('Unhealthy', `${TITLE[kind]} probe failed: ${result.output}`, this.#deps.container);
      if (ok && inRow >= successThreshold) this.#passed(kind);
      if (ok && untilOk && inRow >= successThreshold) return true;
      if (!ok && inRow >= failureThreshold && !this.#failed(kind)) return false;
      await clock.sleep(periodSeconds * 1000, signal);
    }
  }

  #passed(kind: ProbeKind): void {
    if (kind === 'startup') this.#set({ started: true, ready: !this.#deps.container.readinessProbe });
    if (kind === 'readiness') this.#set({ ...this.#verdict, ready: true });
  }

  /** False when there is nothing more to probe. */
  #failed(kind: ProbeKind): boolean {
    if (kind === 'readiness') {
      this.#set({ ...this.#verdict, ready: false });
      return true;
    }
    this.#set({ ...this.#verdict, unhealthy: kind });
    return false;
  }

  #set(verdict: ProbeVerdict): void {
    const { ready, started, unhealthy } = this.#verdict;
    if (verdict.ready === ready && verdict.started === started && verdict.unhealthy === unhealthy) return;
    this.#verdict = verdict;
    this.#deps.onChange(verdict);
  }
}
