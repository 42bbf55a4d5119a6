import type { Clock } from '@steersman/async';
import type { Cri } from '@steersman/cri';
import { isSidecar, type ObservedContainer, type ObservedPod } from '@steersman/pods';
import type { Pod } from '@steersman/types';
import type { PodEvents } from '../pods/pod-events.ts';
import type { PodFolders, StoredProbes } from '../pods/pod-folders.ts';
import { ContainerProber, type ProbeVerdict } from './container-prober.ts';

export interface PodProbesDeps {
  readonly cri: Pick<Cri, 'execSync'>;
  readonly clock: Clock;
  readonly events: PodEvents;
  readonly folders: Pick<PodFolders, 'saveProbes' | 'loadProbes'>;
  readonly uid: string;
  /** A verdict has changed. */
  readonly onChange: () => void;
}

/** The probes of one pod's running containers. What they last said outlives the process: ready stays ready until a probe fails. */
export class PodProbes {
  readonly #deps: PodProbesDeps;
  readonly #probers = new Map<string, ContainerProber>();
  readonly #unhealthy = new Map<string, string>();
  #stored: StoredProbes = {};
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: PodProbesDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    this.#stored = await this.#deps.folders.loadProbes(this.#deps.uid);
  }

  /** Containers to be killed, by id, with what their event says. */
  get unhealthy(): ReadonlyMap<string, string> {
    return this.#unhealthy;
  }

  isReady(id: string): boolean {
    return this.#probers.get(id)?.verdict.ready ?? this.#stored[id]?.ready ?? false;
  }

  isStarted(id: string): boolean {
    return this.#probers.get(id)?.verdict.started ?? this.#stored[id]?.started ?? false;
  }

  /** Probes what runs, and nothing else. */
  sync(pod: Pod, observed: ObservedPod): void {
    const running = observed.containers.filter(({ state }) => state === 'running');
    for (const [id, prober] of this.#probers) {
      if (running.some(container => container.id === id)) continue;
      this.#probers.delete(id);
      this.#unhealthy.delete(id);
      void prober.stop();
    }
    for (const container of running) if (!this.#probers.has(container.id)) this.#start(pod, container);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#probers.values()].map(prober => prober.stop()));
    await this.#saving;
  }

  #start(pod: Pod, { id, name, startedAt }: ObservedContainer): void {
    const { initContainers = [], containers } = pod.spec;
    const container = [...containers, ...initContainers.filter(isSidecar)].find(other => other.name === name) ?? { name };
    const { cri, clock, events } = this.#deps;
    const prober = new ContainerProber({
      cri,
      clock,
      events,
      container,
      containerId: id,
      ip: pod.status.podIP ?? '',
      startedMs: startedAt ? Date.parse(startedAt) : clock.wall().getTime(),
      before: this.#stored[id],
      onChange: verdict => this.#changed(id, verdict),
    });
    this.#probers.set(id, prober);
    prober.start();
  }

  #changed(id: string, { unhealthy }: ProbeVerdict): void {
    if (unhealthy !== undefined) this.#unhealthy.set(id, `failed ${unhealthy} probe, will be restarted`);
    const { folders, uid, onChange } = this.#deps;
    this.#stored = Object.fromEntries(
      [...this.#probers].map(([of, { verdict }]) => [of, { ready: verdict.ready, started: verdict.started }]),
    );
    const stored = this.#stored;
    this.#saving = this.#saving.then(() => folders.saveProbes(uid, stored)).catch(() => {}); // a lost word is said again by the next probe
    onChange();
  }
}
