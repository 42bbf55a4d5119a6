import { type Clock, isAbortError } from '@steersman/async';
import type { Client } from '@steersman/client';
import type { EventRecorder } from '@steersman/controller';
import type { Decision } from '@steersman/scheduling';
import { isReason } from '@steersman/status';
import { type Logger, withTrace } from '@steersman/telemetry';
import { keyOf, type Pod, podKind } from '@steersman/types';
import type { PlacementMetrics } from './placement.metrics.ts';
import type { PodTraces } from './pod-traces.ts';
import { preempt } from './preempt.ts';
import { showUnschedulable } from './unschedulable.ts';

/** Calls under way; more decisions wait, so that the queue in front of the API stays short. */
const MAX_UNDER_WAY = 512;

export interface ExecutorDeps {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly metrics: PlacementMetrics;
  readonly traces: PodTraces;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of a pod whose binding failed. */
  readonly refused: (pod: Pod) => void;
}

/** Carries decisions out, many at a time, each in the trace of its pod. */
export class Executor {
  readonly #deps: ExecutorDeps;
  readonly #underWay = new Set<Promise<void>>();

  constructor(deps: ExecutorDeps) {
    this.#deps = deps;
  }

  start(decision: Decision): void {
    const work = withTrace(this.#deps.traces.of(decision.pod), () =>
      decision.type === 'bind' ? this.#bind(decision.pod, decision.nodeName) : this.#refuse(decision),
    );
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Resolves when there is room for more. */
  async ready(): Promise<void> {
    while (this.#underWay.size >= MAX_UNDER_WAY) await Promise.race(this.#underWay);
  }

  async finished(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #bind(pod: Pod, nodeName: string): Promise<void> {
    const { client, recorder, metrics, traces, clock, signal, refused } = this.#deps;
    const { namespace, name, uid } = pod.metadata;
    const log = this.#deps.log.child({ pod: keyOf(pod), node: nodeName });
    const [waitedMs, startMs] = [traces.age(pod), clock.now()];
    try {
      const body = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target: { kind: 'Node', name: nodeName } };
      await client.of(podKind).post(pod.metadata, 'binding', body, { signal });
    } catch (err) {
      if (signal.aborted && isAbortError(err)) return;
      metrics.attempts.error.add();
      // Gone or bound already: the informer will tell. Anything else is tried again after a back-off.
      log[isReason(err, 'NotFound', 'Conflict') ? 'info' : 'warn']('pod not bound', { err });
      refused(pod);
      return;
    }
    const tookMs = clock.now() - startMs;
    metrics.attempts.scheduled.add();
    metrics.binding.observe(tookMs / 1000);
    metrics.waiting.observe((waitedMs + tookMs) / 1000);
    log.info('pod bound', { ms: Math.round(tookMs) });
    recorder.record({
      about: { ...pod, apiVersion: 'v1', kind: 'Pod' },
      type: 'Normal',
      reason: 'Scheduled',
      message: `Successfully assigned ${keyOf(pod)} to ${nodeName}`,
    });
  }

  async #refuse({ pod, message, preemption }: Extract<Decision, { readonly type: 'unschedulable' }>): Promise<void> {
    const { client, recorder, metrics, clock, signal } = this.#deps;
    const log = this.#deps.log.child({ pod: keyOf(pod) });
    metrics.attempts.unschedulable.add();
    log.info('pod fits nowhere', { why: message });
    recorder.record({ about: { ...pod, apiVersion: 'v1', kind: 'Pod' }, type: 'Warning', reason: 'FailedScheduling', message });
    try {
      const nominated = preemption && { nominatedNodeName: preemption.nodeName };
      await showUnschedulable(client.of(podKind), { pod, message, ...nominated, now: clock.wall(), signal });
      if (preemption) await preempt({ ...this.#deps, log }, pod, preemption);
    } catch (err) {
      if (!isAbortError(err) && !isReason(err, 'NotFound')) log.warn('refusal not written', { err });
    }
  }
}
