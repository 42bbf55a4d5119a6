import { isAbortError } from '@steersman/async';
import {
  CrashLoop,
  durationText,
  isFinished,
  NOTHING_OBSERVED,
  type ObservedPod,
  planPod,
  type PodAction,
  type PodPlan,
  podRef,
  podStatus,
  refusedStatus,
  type StartContainer,
  type WaitingReason,
} from '@steersman/pods';
import { isReason } from '@steersman/status';
import { formatTraceparent, type Logger, type TraceContext, withTrace } from '@steersman/telemetry';
import { jsonEquals, keyOf, type Pod, podKind, type PodStatus } from '@steersman/types';
import { runHook } from '../probes/run-hook.ts';
import { PodProbes } from '../probes/pod-probes.ts';
import { PodObserver } from '../runtime/observe-pod.ts';
import { sandboxConfig } from '../runtime/sandbox-config.ts';
import { isMirror, isStatic } from '../static/static-pod.ts';
import { messageOf, StartError } from '../start-error.ts';
import { timeText } from '../times.ts';
import { isWritten } from '../volumes/volume-files.ts';
import { mountVolumes, VolumeError } from '../volumes/pod-volumes.ts';
import type { Refusal } from './admit-pod.ts';
import { collectDead } from './collect-dead.ts';
import { createSandbox } from './create-sandbox.ts';
import { EndOfPod } from './end-of-pod.ts';
import { withOthers } from './own-conditions.ts';
import type { PodContext } from './pod-context.ts';
import { type PodEvents, podEvents } from './pod-events.ts';
import { type PodObjects, podObjects } from './pod-objects.ts';
import { startContainer } from './start-container.ts';
import { StatusWriter } from './status-writer.ts';
import { Tasks } from './tasks.ts';
import { terminationMessage } from './termination-message.ts';
import { Wakeup } from './wakeup.ts';

const SANDBOX = ' sandbox'; // no container's name has a blank
const VOLUMES = ' volumes';
/** How often written volumes are brought up to date. */
const REFRESH_MS = 60_000;
/** An exit was told that the runtime does not show yet. */
const LAG_MS = 10;
const RETRY_MS = 500;
/** Upstream's words. */
const SHUT_DOWN = { reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.' };

export interface WorkerOptions {
  readonly context: PodContext;
  readonly trace: TraceContext | undefined;
  readonly signal: AbortSignal;
  /** The node will not run it: it only fails. */
  readonly refusal?: Refusal;
}

/**
 * Makes one pod real. Each turn looks at what the runtime has, decides (`planPod`), and sets the next steps off; a step
 * that ends causes the next turn. Nothing is remembered that a new process would need, but what the pod's folder holds.
 */
export class PodWorker {
  readonly #context: PodContext;
  readonly #signal: AbortSignal;
  readonly #trace: TraceContext | undefined;
  readonly #log: Logger;
  readonly #observer: PodObserver;
  readonly #writer: StatusWriter;
  readonly #events: PodEvents;
  readonly #objects: PodObjects;
  readonly #tasks: Tasks;
  readonly #probes: PodProbes;
  readonly #wakeup: Wakeup;
  readonly #crashLoop = new CrashLoop();
  readonly #waiting = new Map<string, WaitingReason>();
  readonly #endings = new Map<string, PromiseWithResolvers<void>>();
  readonly #end: EndOfPod;
  #pod: Pod;
  #saved: Pod | undefined;
  #observed: ObservedPod = NOTHING_OBSERVED;
  #status: PodStatus | undefined;
  #verdict: { readonly reason: string; readonly message: string } | undefined;
  #volumes: ReadonlyMap<string, string> | undefined;
  #mounting: Promise<ReadonlyMap<string, string>> | undefined;
  #refreshAtMs = Infinity;
  #isFromApi = false;
  readonly #refusal: Refusal | undefined;
  #shutDown: PromiseWithResolvers<void> | undefined;

  constructor(pod: Pod, { context, trace, signal, refusal }: WorkerOptions) {
    const { metadata } = pod;
    const { cri, clock, client } = context;
    this.#pod = pod;
    this.#context = context;
    this.#signal = signal;
    this.#trace = trace;
    this.#log = context.log.child({ pod: keyOf(pod), uid: metadata.uid });
    this.#observer = new PodObserver(
      {
        cri,
        terminationMessage: status =>
          terminationMessage(status, { folder: context.folders.of(metadata.uid), container: this.#named(status.metadata.name) }),
      },
      metadata.uid,
    );
    const current = (of: Pod): Pod | undefined => inApi(context.pods.get(keyOf(of)), of);
    this.#writer = new StatusWriter({ pods: client.of(podKind), current, clock, log: this.#log, signal, trace });
    this.#events = podEvents(context.recorder, () => this.#pod);
    this.#objects = podObjects(pod, { client, clock, signal });
    this.#wakeup = new Wakeup(clock);
    this.#tasks = new Tasks({ clock, onEnd: (key, err) => this.#onTaskEnd(key, err) });
    this.#probes = new PodProbes({
      cri,
      clock,
      events: this.#events,
      folders: context.folders,
      uid: metadata.uid,
      onChange: () => this.#wakeup.call(),
    });
    this.#end = new EndOfPod({ context, events: this.#events, log: this.#log, signal });
    this.#refusal = refusal;
    if (refusal) this.#events.warning(refusal.reason, refusal.message);
  }

  /** With the status as last made. */
  get pod(): Pod {
    return this.#status ? { ...this.#pod, status: this.#status } : this.#pod;
  }

  get observed(): ObservedPod {
    return this.#observed;
  }

  /** A newer version from the API. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (!this.#isFromApi) this.#status = undefined; // what the API holds beats what the folder held
    const isOnlyStatus = this.#isFromApi && jsonEquals(before.spec, pod.spec) && jsonEquals(marks(before), marks(pod));
    this.#isFromApi = true;
    if (isOnlyStatus) {
      if (this.#status) withTrace(this.#trace, () => this.#report());
      return;
    }
    this.#end.shorten(pod);
    this.#wakeup.call();
  }

  /** The API has it no more. */
  remove(): void {
    this.#end.isGone = true;
    this.#end.shorten(this.#pod);
    this.#wakeup.call();
  }

  /** Stops what runs and starts nothing more; resolves when that is done and told. */
  async shutDown(graceMs: number): Promise<void> {
    this.#end.limit(this.pod, graceMs);
    // Work cut short is not work done, whatever its exit code; what is to run always is not over.
    if (this.#pod.spec.restartPolicy === 'Never' || this.#pod.spec.restartPolicy === 'OnFailure') this.#verdict ??= SHUT_DOWN;
    this.#shutDown ??= Promise.withResolvers();
    this.#wakeup.call();
    await this.#shutDown.promise;
  }

  wake(): void {
    this.#wakeup.call();
  }

  /** Resolves when the container is seen to run no more. */
  ended(containerId: string): Promise<void> {
    const ending = this.#endings.get(containerId) ?? Promise.withResolvers<void>();
    this.#endings.set(containerId, ending);
    return ending.promise;
  }

  /** Until nothing of the pod is left. */
  async run(): Promise<void> {
    await withTrace(this.#trace, () => this.#run());
  }

  async #run(): Promise<void> {
    await this.#probes.load();
    while (!this.#signal.aborted && !this.#end.isOver) {
      let againInMs: number | undefined;
      try {
        againInMs = await this.#turn();
      } catch (err) {
        if (this.#signal.aborted) break;
        if (!isAbortError(err))
          this.#log.warn('pod not brought forward', { err: isReason(err, 'ServiceUnavailable') ? messageOf(err) : err });
        againInMs = RETRY_MS;
      }
      if (!this.#end.isOver) await this.#wakeup.sleep(againInMs, this.#signal);
    }
    this.#tellEndings(() => true);
    this.#shutDown?.resolve();
    await Promise.all([this.#tasks.stop(), this.#probes.stop()]);
  }

  async #look(): Promise<ObservedPod> {
    this.#observed = await this.#observer.look(this.#signal);
    this.#tellEndings(id => !this.#observed.containers.some(container => container.id === id && container.state === 'running'));
    return this.#observed;
  }

  #tellEndings(isOver: (containerId: string) => boolean): void {
    for (const [id, { resolve }] of this.#endings) {
      if (!isOver(id)) continue;
      this.#endings.delete(id);
      resolve();
    }
  }

  /** Returns when to look again without being called. */
  async #turn(): Promise<number | undefined> {
    await this.#save();
    await this.#look();
    this.#tasks.look();
    if (this.#isEnding()) return await this.#finish();
    if (this.#shutDown) return await this.#halt();
    this.#probes.sync(this.pod, this.#observed);
    const nowMs = this.#context.clock.wall().getTime();
    const plan = planPod({
      pod: this.#pod,
      observed: this.#observed,
      crashLoop: this.#crashLoop,
      nowMs,
      unhealthy: this.#probes.unhealthy,
      isStarted: id => this.#probes.isStarted(id),
    });
    this.#hold(plan);
    this.#do(plan);
    this.#refresh();
    collectDead(this.#observed, { cri: this.#context.cri, pod: this.#pod, podLogDir: this.#context.sandbox.podLogDir, tasks: this.#tasks });
    this.#report();
    return this.#nextInMs(plan, nowMs);
  }

  #isEnding(): boolean {
    const { phase } = this.#status ?? this.#pod.status;
    this.#verdict ??= this.#deadlineVerdict();
    const isTerminal = phase === 'Succeeded' || phase === 'Failed';
    const isDeleted = this.#pod.metadata.deletionTimestamp !== undefined || this.#end.isGone;
    return isDeleted || isTerminal || this.#refusal !== undefined || this.#verdict !== undefined || isFinished(this.#pod, this.#observed);
  }

  /** Its end is not the pod's: it goes on with the node. */
  async #halt(): Promise<undefined> {
    await Promise.all([this.#tasks.stop(), this.#probes.stop()]);
    await this.#end.stop(this.#pod, () => this.#look());
    this.#report();
    await this.#writer.flushed();
    this.#shutDown?.resolve();
  }

  async #finish(): Promise<undefined> {
    await Promise.all([this.#tasks.stop(), this.#probes.stop()]);
    await this.#end.stop(this.#pod, () => this.#look());
    this.#volumes = undefined;
    this.#report({ isStopped: true });
    if (this.#shutDown) await this.#writer.flushed();
    this.#shutDown?.resolve();
    if (this.#pod.metadata.deletionTimestamp === undefined && !this.#end.isGone) return;
    await this.#writer.flushed();
    await this.#end.remove(this.#pod, this.#observed);
  }

  #deadlineVerdict(): { readonly reason: string; readonly message: string } | undefined {
    const { activeDeadlineSeconds } = this.#pod.spec;
    const { startTime } = this.#status ?? this.#pod.status;
    if (activeDeadlineSeconds === undefined || startTime === undefined) return undefined;
    if (this.#context.clock.wall().getTime() < Date.parse(startTime) + activeDeadlineSeconds * 1000) return undefined;
    return { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
  }

  #do({ actions }: PodPlan): void {
    const ofSandbox = actions.filter(({ type }) => type === 'stopSandbox' || type === 'removeContainer' || type === 'createSandbox');
    if (ofSandbox.length > 0) this.#tasks.start(SANDBOX, signal => this.#changeSandbox(ofSandbox, signal));
    for (const action of actions) {
      if (action.type === 'startContainer') this.#tasks.start(action.container.name, signal => this.#start(action, signal));
      if (action.type === 'killContainer') {
        const container = this.#named(action.name);
        if (container) this.#tasks.start(action.name, () => this.#end.kill(this.#pod, { ...action, container }));
      }
    }
  }

  async #changeSandbox(actions: readonly PodAction[], signal: AbortSignal): Promise<void> {
    const { cri } = this.#context;
    for (const action of actions) {
      if (action.type === 'stopSandbox') await cri.stopPodSandbox(action.sandboxId);
      if (action.type === 'removeContainer') await cri.removeContainer(action.id);
      if (action.type !== 'createSandbox') continue;
      const sandbox = createSandbox(this.#pod, action.attempt, { context: this.#context, events: this.#events, log: this.#log, signal });
      // Volumes are made meanwhile: neither needs the other, and containers wait for both.
      for (const outcome of await Promise.allSettled([sandbox, this.#mount(signal)]))
        if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  async #start(action: StartContainer, signal: AbortSignal): Promise<void> {
    const context = this.#context;
    const [sandbox] = this.#observed.sandboxes;
    if (!sandbox) return;
    const { container, lastFinishedMs } = action;
    const volumes = await this.#mount(signal);
    if (lastFinishedMs !== undefined) this.#crashLoop.restarted(container.name, lastFinishedMs, context.clock.wall().getTime());
    const id = await startContainer(action, {
      context,
      pod: this.pod,
      sandboxId: sandbox.id,
      sandboxConfig: sandboxConfig(this.#pod, sandbox.attempt, context.sandbox),
      volumes,
      objects: this.#objects,
      events: this.#events,
      log: this.#log,
      signal,
    });
    this.#waiting.delete(container.name);
    const { postStart } = container.lifecycle ?? {};
    if (!postStart) return;
    this.#wakeup.call();
    try {
      await runHook(postStart, { cri: context.cri, containerId: id, container, ip: sandbox.ips[0] ?? '', clock: context.clock, signal });
    } catch (err) {
      signal.throwIfAborted();
      this.#events.warning('FailedPostStartHook', `PostStartHook failed: ${messageOf(err)}`, container);
      await this.#end.kill(this.#pod, { id, container, message: 'FailedPostStartHook' });
    }
  }

  /** Where the volumes are; made when first needed, and again after the kubelet was started anew. */
  async #mount(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    if (this.#volumes) return this.#volumes;
    const mounting = (this.#mounting ??= this.#mountAll(signal));
    try {
      return (this.#volumes = await mounting);
    } finally {
      if (this.#mounting === mounting) this.#mounting = undefined;
    }
  }

  async #mountAll(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const { folders, mounter, allocatable, clock } = this.#context;
    const { uid } = this.#pod.metadata;
    const deps = { folder: folders.of(uid), memoryFolder: folders.memoryOf(uid), mounter, objects: this.#objects, allocatable };
    const volumes = await mountVolumes(this.pod, deps);
    signal.throwIfAborted();
    if (this.#pod.spec.volumes?.some(isWritten)) this.#refreshAtMs = clock.now() + REFRESH_MS;
    return volumes;
  }

  #refresh(): void {
    if (this.#context.clock.now() < this.#refreshAtMs) return;
    this.#refreshAtMs = this.#context.clock.now() + REFRESH_MS;
    this.#volumes = undefined;
    this.#tasks.start(VOLUMES, async signal => void (await this.#mount(signal)));
  }

  #onTaskEnd(key: string, err: unknown): void {
    if (err instanceof StartError) this.#waiting.set(key, { reason: err.reason, message: err.message });
    else if (err instanceof VolumeError) this.#events.warning('FailedMount', err.message);
    if (err !== undefined)
      this.#log.warn('a step failed and will be tried again', { step: key.trim(), err: isExpected(err) ? messageOf(err) : err });
    this.#wakeup.call();
  }

  /** Containers that crash show it while they wait. */
  #hold({ held }: PodPlan): void {
    for (const [name, { delayMs }] of held) {
      const reason = 'CrashLoopBackOff';
      const message = `back-off ${durationText(delayMs)} restarting failed container=${name} pod=${podRef(this.#pod)}`;
      if (this.#waiting.get(name)?.message === message) continue;
      this.#waiting.set(name, { reason, message });
      this.#events.warning('BackOff', `Back-off restarting failed container ${name} in pod ${podRef(this.#pod)}`, this.#named(name));
    }
  }

  #report({ isStopped = false } = {}): void {
    const status = this.#refusal ? refusedStatus(this.#pod, this.#refusal) : this.#made(isStopped);
    if (status.phase === 'Running' && (this.#status ?? this.#pod.status).phase !== 'Running')
      this.#log.info('pod running', { ip: status.podIP });
    this.#status = status;
    this.#writer.set(this.#pod, status);
    this.#context.reported();
  }

  #made(isStopped: boolean): PodStatus {
    const { clock, nodeIps, runtimeName } = this.#context;
    const before = this.#status ?? this.#pod.status;
    return podStatus({
      pod: this.#pod,
      observed: this.#observed,
      waiting: this.#waiting,
      isReady: id => this.#probes.isReady(id),
      isStarted: id => this.#probes.isStarted(id),
      runtimeName: runtimeName(),
      isStopped,
      previous: { ...before, conditions: withOthers(before.conditions, this.#pod.status.conditions) },
      hostIps: nodeIps,
      now: timeText(clock.wall()),
      ...(this.#verdict && { verdict: this.#verdict }),
    });
  }

  #nextInMs({ wakeAtMs }: PodPlan, nowMs: number): number | undefined {
    const { startTime } = this.#status ?? {};
    const { activeDeadlineSeconds } = this.#pod.spec;
    const waits = [
      ...(wakeAtMs === undefined ? [] : [wakeAtMs - nowMs]),
      ...(this.#isLagging() ? [LAG_MS] : []),
      ...(this.#refreshAtMs < Infinity ? [this.#refreshAtMs - this.#context.clock.now()] : []),
      ...(activeDeadlineSeconds !== undefined && startTime ? [Date.parse(startTime) + activeDeadlineSeconds * 1000 - nowMs] : []),
    ];
    const rest = this.#tasks.nextInMs();
    if (rest !== undefined) waits.push(rest);
    return waits.length > 0 ? Math.max(Math.min(...waits), 1) : undefined;
  }

  #isLagging(): boolean {
    return this.#observed.containers.some(({ id, state }) => state === 'running' && this.#context.exits.has(id));
  }

  /** ◆ The folder is in place before the sandbox is made. */
  async #save(): Promise<void> {
    const pod = this.#pod;
    if (this.#saved && jsonEquals(this.#saved.spec, pod.spec) && jsonEquals(marks(this.#saved), marks(pod))) return;
    const allocated = Object.fromEntries(pod.spec.containers.map(({ name, resources = {} }) => [name, resources]));
    await this.#context.folders.save({ pod, allocated, ...(this.#trace && { traceparent: formatTraceparent(this.#trace) }) });
    this.#saved = pod;
  }

  #named(name: string) {
    const { initContainers = [], containers, ephemeralContainers = [] } = this.#pod.spec;
    return [...containers, ...initContainers, ...ephemeralContainers].find(container => container.name === name);
  }
}

/** Says all there is to say in its message. */
const isExpected = (err: unknown): boolean =>
  err instanceof StartError || err instanceof VolumeError || isReason(err, 'ServiceUnavailable');

/** What the API has of a pod: itself, or the mirror of a static one. */
function inApi(found: Pod | undefined, pod: Pod): Pod | undefined {
  if (isStatic(pod)) return found && isMirror(found) ? found : undefined;
  return found === undefined || found.metadata.uid === pod.metadata.uid ? (found ?? pod) : undefined;
}

/** What of the metadata a worker acts on. */
const marks = ({ metadata: { labels, annotations, deletionTimestamp, deletionGracePeriodSeconds } }: Pod): object => ({
  ...(labels && { labels }),
  ...(annotations && { annotations }),
  ...(deletionTimestamp && { deletionTimestamp, deletionGracePeriodSeconds }),
});
