import { join } from 'node:path';
import { isAbortError } from '@steersman/async';
import type { Change, Informer } from '@steersman/client';
import { parseTraceparent, type TraceContext } from '@steersman/telemetry';
import { keyOf, type Pod } from '@steersman/types';
import { isMirror, isStatic } from '../static/static-pod.ts';
import { containerLogPath } from '../runtime/container-config.ts';
import { POD_UID } from '../runtime/labels.ts';
import { podLogFolder } from '../runtime/sandbox-config.ts';
import { messageOf } from '../start-error.ts';
import { admitPod, type Refusal } from './admit-pod.ts';
import type { PodContext } from './pod-context.ts';
import type { StoredPod } from './pod-folders.ts';
import { PodWorker } from './pod-worker.ts';
import { Relist } from './relist.ts';

const RETRY_MS = 200;

interface Running {
  readonly worker: PodWorker;
  readonly ended: Promise<void>;
}

export interface PodAgentOptions {
  readonly context: PodContext;
  readonly informer: Informer<Pod>;
  /** Ids of containers as they end, from the runtime. */
  readonly exits: (signal: AbortSignal) => AsyncIterable<string>;
  readonly signal: AbortSignal;
}

/** One worker for each pod of this node, and an end for what belongs to none. */
export class PodAgent {
  readonly #context: PodContext;
  readonly #informer: Informer<Pod>;
  readonly #signal: AbortSignal;
  readonly #relist: Relist;
  readonly #workers = new Map<string, Running>();
  #static: readonly Pod[] | undefined;
  #isShutDown = false;

  constructor({ context, informer, exits, signal }: PodAgentOptions) {
    this.#context = context;
    this.#informer = informer;
    this.#signal = signal;
    this.#relist = new Relist({
      cri: context.cri,
      clock: context.clock,
      log: context.log,
      exits,
      onExit: id => this.#exited(id),
      onChange: uid => this.#workers.get(uid)?.worker.wake(),
    });
  }

  /** Every pod this kubelet runs, with the status it last made of it. */
  pods(): readonly Pod[] {
    return [...this.#workers.values()].map(({ worker }) => worker.pod);
  }

  /** The log files that are being written. */
  logs(): readonly { readonly containerId: string; readonly path: string }[] {
    return [...this.#workers.values()].flatMap(({ worker: { pod, observed } }) =>
      observed.containers
        .filter(({ state }) => state === 'running')
        .map(({ id, name, attempt }) => ({
          containerId: id,
          path: join(podLogFolder(pod, this.#context.sandbox.podLogDir), containerLogPath(name, attempt)),
        })),
    );
  }

  /** The newest pod of a name. */
  find(namespace: string, name: string, uid?: string): PodWorker | undefined {
    const found = [...this.#workers.values()]
      .map(({ worker }) => worker)
      .filter(({ pod: { metadata } }) => metadata.namespace === namespace && metadata.name === name);
    return uid === undefined ? found.at(-1) : found.find(({ pod }) => pod.metadata.uid === uid);
  }

  /** Runs until the signal aborts; containers go on without us. */
  async run(): Promise<void> {
    const stored = await this.#context.folders.load();
    await this.#resume(stored);
    using _ = this.#informer.subscribe(change => this.#changed(change));
    const relisting = this.#relist.run(this.#signal);
    await this.#informer.synced(this.#signal);
    this.#removeUnknown(stored);
    await Promise.all([relisting, this.#removeOrphans()]);
    await Promise.all([...this.#workers.values()].map(({ ended }) => ended));
  }

  /** ◆ With the API away, what runs is kept: pods with a live sandbox go on from their folders; after a reboot there are none. */
  async #resume(stored: readonly StoredPod[]): Promise<void> {
    const live = await this.#liveUids();
    for (const { pod, traceparent } of stored)
      if (live.has(pod.metadata.uid)) this.#start(pod, parseTraceparent(traceparent), { isKnown: true });
  }

  async #liveUids(): Promise<ReadonlySet<string>> {
    for (;;) {
      try {
        const sandboxes = await this.#context.cri.listPodSandboxes({ state: 'SANDBOX_READY' }, { signal: this.#signal });
        return new Set(sandboxes.map(({ labels }) => labels[POD_UID] ?? ''));
      } catch (err) {
        this.#signal.throwIfAborted();
        this.#context.log.warn('the runtime does not answer', { message: messageOf(err) });
        await this.#context.clock.sleep(RETRY_MS, this.#signal);
      }
    }
  }

  /**
   * Stops every pod as its deletion would, each within its own grace period but none longer than `graceMs`, and starts no
   * other. Their objects stay: what is to run always does so again when the node is back.
   */
  async shutDown(graceMs: number): Promise<void> {
    this.#isShutDown = true;
    await Promise.all([...this.#workers.values()].map(({ worker }) => worker.shutDown(graceMs)));
  }

  /** The static pods of this node, all of them. */
  setStatic(pods: readonly Pod[]): void {
    this.#static = pods;
    this.#syncStatic();
  }

  /** A static pod of the same name as one that is ending waits for it. */
  #syncStatic(): void {
    if (!this.#static) return; // not read yet: those that run go on
    const running = [...this.#workers.values()].map(({ worker }) => worker).filter(({ pod }) => isStatic(pod));
    for (const worker of running) if (!this.#static.some(({ metadata }) => metadata.uid === worker.pod.metadata.uid)) worker.remove();
    for (const pod of this.#static) {
      const isTaken = running.some(worker => keyOf(worker.pod) === keyOf(pod));
      if (!isTaken && !this.#workers.has(pod.metadata.uid)) this.#start(pod, undefined);
    }
  }

  #changed({ prev, next, traceparent }: Change<Pod>): void {
    const mirror = [next, prev].find(pod => pod && isMirror(pod));
    if (mirror) {
      const shown = this.find(mirror.metadata.namespace ?? '', mirror.metadata.name);
      if (shown && isStatic(shown.pod)) shown.wake(); // its status has a place to go
      return;
    }
    if (next) {
      const running = this.#workers.get(next.metadata.uid);
      if (running) running.worker.update(next);
      else this.#start(next, parseTraceparent(traceparent))?.update(next);
    } else if (prev) this.#workers.get(prev.metadata.uid)?.worker.remove();
  }

  /** One that ran before this process was started was admitted then. */
  #start(pod: Pod, trace: TraceContext | undefined, { isKnown = false } = {}): PodWorker | undefined {
    if (this.#signal.aborted || this.#isShutDown) return undefined;
    const { uid } = pod.metadata;
    const { log } = this.#context;
    const refusal = isKnown ? undefined : this.#refusalOf(pod);
    const worker = new PodWorker(pod, { context: this.#context, trace, signal: this.#signal, ...(refusal && { refusal }) });
    const ended = worker.run().then(
      () => {
        this.#workers.delete(uid);
        this.#syncStatic();
      },
      (err: unknown) => {
        if (!isAbortError(err)) log.error('the worker of a pod has died', { pod: keyOf(pod), err });
      },
    );
    this.#workers.set(uid, { worker, ended });
    return worker;
  }

  #refusalOf(pod: Pod): Refusal | undefined {
    const { phase } = pod.status;
    if (phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const { allocatable, node } = this.#context;
    return admitPod(pod, { allocatable, node: node(), others: this.pods() });
  }

  /** Pods the API has no more, from the folders of an earlier process. */
  #removeUnknown(stored: readonly StoredPod[]): void {
    const known = new Set(this.#informer.list().map(({ metadata }) => metadata.uid));
    for (const { pod, traceparent } of stored) {
      const { uid } = pod.metadata;
      if (known.has(uid) || isStatic(pod)) continue;
      const worker = this.#workers.get(uid)?.worker ?? this.#start(pod, parseTraceparent(traceparent), { isKnown: true });
      worker?.remove();
    }
  }

  /** Sandboxes and folders nobody has a spec for. */
  async #removeOrphans(): Promise<void> {
    const { cri, folders, log } = this.#context;
    try {
      const sandboxes = await cri.listPodSandboxes({}, { signal: this.#signal });
      for (const { id, labels } of sandboxes) {
        const uid = labels[POD_UID];
        if (uid === undefined || this.#workers.has(uid)) continue;
        log.info('orphaned sandbox removed', { sandbox: id, uid });
        await cri.stopPodSandbox(id);
        await cri.removePodSandbox(id);
      }
      for (const uid of await folders.uids()) if (!this.#workers.has(uid)) await folders.remove(uid);
    } catch (err) {
      if (!this.#signal.aborted) log.warn('orphans not removed', { err });
    }
  }

  #exited(containerId: string): void {
    this.#context.exits.add(containerId);
    for (const { worker } of this.#workers.values()) {
      const { containers, sandboxes } = worker.observed;
      if ([...containers, ...sandboxes].some(({ id }) => id === containerId)) worker.wake();
    }
  }
}
