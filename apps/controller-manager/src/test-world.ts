import { type Controller, createEventRecorder, runController } from '@steersman/controller';
import { FakeClient, type FakeClientOptions, FakeClock, settled } from '@steersman/testing';
import { type ApiObject, eventKind, type Key, type Kind, type Pod, podKind } from '@steersman/types';
import { type Informers, sharedInformers } from './informers.ts';
import { isActive } from './pods.ts';
import { timeText } from './times.ts';

/** A cluster of controllers over the API in memory; `dispose` it after the test. */
export class TestWorld implements Disposable {
  readonly clock = new FakeClock();
  readonly client: FakeClient;
  readonly stop = new AbortController();
  readonly informer: Informers;

  constructor(options: FakeClientOptions = {}) {
    this.client = new FakeClient({ now: () => this.clock.wall(), ...options });
    this.informer = sharedInformers(this.client, { signal: this.stop.signal, clock: this.clock });
  }

  recorder(component: string) {
    return createEventRecorder({ events: this.client.of(eventKind), component, signal: this.stop.signal, clock: this.clock });
  }

  /** What the controllers of pods ask for. */
  parts(component: string) {
    return { client: this.client, pods: this.informer(podKind), recorder: this.recorder(component), clock: this.clock };
  }

  run(...controllers: readonly Controller[]): void {
    for (const controller of controllers) void runController(controller, { signal: this.stop.signal, clock: this.clock });
  }

  /** Until nothing more happens without time passing, conflicts and their short back-off included. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) {
      await settled();
      await this.clock.advance(100);
    }
  }

  all<T extends ApiObject>(kind: Kind<T>): readonly T[] {
    return Object.values(this.client.all(kind));
  }

  one<T extends ApiObject>(kind: Kind<T>, key: Key): T {
    const found = this.client.all(kind)[key];
    if (!found) throw new Error(`there is no ${kind.kind} ${key}, only ${Object.keys(this.client.all(kind)).join(', ') || 'none'}`);
    return found;
  }

  async change<T extends ApiObject>(kind: Kind<T>, key: Key, edit: (draft: T) => void): Promise<T> {
    const draft = structuredClone(this.one(kind, key));
    edit(draft);
    return await this.client.of(kind).update(draft);
  }

  /** What kubelets would do: every pod that stands becomes ready, every one that was told to goes. */
  async runPods(matches: (pod: Pod) => boolean = () => true): Promise<void> {
    for (const pod of this.all(podKind).filter(matches)) {
      if (!isActive(pod)) await this.client.of(podKind).delete(pod.metadata, { gracePeriodSeconds: 0 });
      else if (pod.status.phase !== 'Running')
        await this.client.of(podKind).updateStatus({ ...pod, status: { ...pod.status, ...this.#running() } });
    }
  }

  /** Distinct messages, in the order they were first written. */
  events(): readonly string[] {
    return [...this.all(eventKind)]
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  [Symbol.dispose](): void {
    this.stop.abort();
  }

  #running(): Pod['status'] {
    const now = timeText(this.clock.wall());
    return { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }] };
  }
}
