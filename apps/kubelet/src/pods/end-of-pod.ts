import { rm } from 'node:fs/promises';
import { backoffMs } from '@steersman/async';
import { isSidecar, type ObservedContainer, type ObservedPod } from '@steersman/pods';
import { isReason } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import { type Container, type Pod, podKind } from '@steersman/types';
import { runHook } from '../probes/run-hook.ts';
import { podCgroup, podLogFolder } from '../runtime/sandbox-config.ts';
import { messageOf } from '../start-error.ts';
import { unmountVolumes } from '../volumes/pod-volumes.ts';
import type { PodContext } from './pod-context.ts';
import type { PodEvents } from './pod-events.ts';

const DEFAULT_GRACE_SECONDS = 30;
/** After a preStop hook that took all the time there was (upstream's minimumGracePeriodInSeconds). */
const LEAST_GRACE_SECONDS = 2;

export interface EndDeps {
  readonly context: PodContext;
  readonly events: PodEvents;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Kill {
  readonly id: string;
  readonly container: Container;
  /** Why, after the words of the event. */
  readonly message?: string;
}

/** Ends a pod in order: hooks, SIGTERM, grace, SIGKILL, sandbox, volumes, and last its object. Every step may be repeated. */
export class EndOfPod {
  readonly #deps: EndDeps;
  readonly #stopping = new Map<string, number>();
  readonly #told = new Set<string>();
  #limitSeconds = Infinity;
  /** The API has the pod no more. */
  isGone = false;
  /** Nothing is left of it. */
  isOver = false;

  constructor(deps: EndDeps) {
    this.#deps = deps;
  }

  /** Stops all containers, sidecars last and in reverse order, then the sandbox. */
  async stop(pod: Pod, look: () => Promise<ObservedPod>): Promise<void> {
    const { cri, folders, mounter, removeCgroup, sandbox } = this.#deps.context;
    const before = await look();
    const running = before.containers.filter(({ state }) => state === 'running' || state === 'unknown');
    const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
    await Promise.all(running.filter(({ name }) => !sidecars.includes(name)).map(container => this.#stopOne(pod, container)));
    for (const name of sidecars.toReversed()) {
      for (const container of running) if (container.name === name) await this.#stopOne(pod, container);
    }
    const live = before.sandboxes.filter(({ isReady }) => isReady);
    await Promise.all(live.map(({ id }) => cri.stopPodSandbox(id)));
    if (running.length + live.length > 0) await look();
    const { uid } = pod.metadata;
    await unmountVolumes({ folder: folders.of(uid), memoryFolder: folders.memoryOf(uid), mounter });
    removeCgroup(podCgroup(pod, sandbox.cgroupRoot));
  }

  /** Removes what the runtime and the disk have of a stopped pod, then its object. */
  async remove(pod: Pod, { sandboxes, containers }: ObservedPod): Promise<void> {
    const { cri, folders, sandbox } = this.#deps.context;
    await Promise.all(containers.map(({ id }) => cri.removeContainer(id)));
    await Promise.all(sandboxes.map(({ id }) => cri.removePodSandbox(id)));
    await rm(podLogFolder(pod, sandbox.podLogDir), { recursive: true, force: true });
    if (!this.isGone) await this.#deleteObject(pod);
    await folders.remove(pod.metadata.uid);
    this.#deps.log.info('pod removed');
    this.isOver = true;
  }

  /** preStop, SIGTERM, and SIGKILL when the grace period is over. */
  async kill(pod: Pod, { id, container, message }: Kill): Promise<void> {
    const { context, events } = this.#deps;
    if (!this.#told.has(id)) events.normal('Killing', killingText(container, message), container);
    this.#told.add(id);
    const grace = this.#graceSeconds(pod);
    const startedMs = context.clock.now();
    await this.#preStop(pod, { id, container }, grace);
    const left = grace - Math.floor((context.clock.now() - startedMs) / 1000);
    this.#stopping.set(id, grace);
    try {
      await context.cri.stopContainer(id, Math.max(left, Math.min(grace, LEAST_GRACE_SECONDS)));
    } finally {
      this.#stopping.delete(id);
    }
  }

  /** No container gets longer than this from now on. */
  limit(pod: Pod, graceMs: number): void {
    this.#limitSeconds = Math.floor(graceMs / 1000);
    this.shorten(pod);
  }

  /** A pod that is being stopped is given less time: the second word counts. */
  shorten(pod: Pod): void {
    const { context, log } = this.#deps;
    const grace = this.#graceSeconds(pod);
    for (const [id, before] of this.#stopping) {
      if (grace >= before) continue;
      this.#stopping.set(id, grace);
      context.cri.stopContainer(id, grace).catch((err: unknown) => log.warn('container not stopped sooner', { id, err }));
    }
  }

  async #stopOne(pod: Pod, { id, name }: ObservedContainer): Promise<void> {
    const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
    const container = [...containers, ...initContainers, ...ephemeralContainers].find(other => other.name === name);
    await this.kill(pod, { id, container: container ?? { name } });
  }

  #graceSeconds({ metadata, spec }: Pod): number {
    const own = Math.min(spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS, this.#limitSeconds);
    return metadata.deletionTimestamp === undefined ? own : Math.min(metadata.deletionGracePeriodSeconds ?? own, this.#limitSeconds);
  }

  async #preStop(pod: Pod, { id, container }: Kill, graceSeconds: number): Promise<void> {
    const { preStop } = container.lifecycle ?? {};
    if (!preStop || graceSeconds === 0) return;
    const { context, events, signal } = this.#deps;
    const ip = pod.status.podIP ?? '';
    const giveUp = AbortSignal.timeout(graceSeconds * 1000);
    try {
      await runHook(preStop, { cri: context.cri, containerId: id, container, ip, clock: context.clock, signal: giveUp });
    } catch (err) {
      signal.throwIfAborted();
      events.warning('FailedPreStopHook', `PreStopHook failed: ${messageOf(err)}`, container);
    }
  }

  async #deleteObject({ metadata: { uid, name, namespace = '' } }: Pod): Promise<void> {
    const { context, signal, log } = this.#deps;
    for (let failed = 1; !this.isGone; failed++) {
      try {
        await context.client.of(podKind).delete({ namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid }, signal });
        return;
      } catch (err) {
        if (isReason(err, 'NotFound', 'Conflict')) return; // gone, or another pod of the same name
        signal.throwIfAborted();
        log.warn('pod not deleted from the API', { failed, err });
        await context.clock.sleep(backoffMs(failed, { firstMs: 100, maxMs: 10_000 }), signal);
      }
    }
  }
}

const killingText = ({ name }: Container, message: string | undefined): string =>
  message === undefined ? `Stopping container ${name}` : `Container ${name} ${message}`;
