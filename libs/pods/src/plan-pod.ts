import type { Container, Pod } from '@steersman/types';
import type { CrashLoop } from './crash-loop.ts';
import { newestOf, type ObservedContainer, type ObservedPod, type ObservedSandbox } from './observed.ts';
import { isSidecar, wantsInitRestart, wantsRestart } from './restart-policy.ts';

export type ContainerRole = 'init' | 'sidecar' | 'main' | 'ephemeral';

export interface StartContainer {
  readonly type: 'startContainer';
  readonly container: Container;
  readonly role: ContainerRole;
  readonly attempt: number;
  /** Made by an earlier turn that did not come to start it. */
  readonly createdId?: string;
  /** When the attempt before ended, milliseconds since the epoch. */
  readonly lastFinishedMs?: number;
}

export type PodAction =
  | { readonly type: 'createSandbox'; readonly attempt: number }
  /** With everything that still runs in it. */
  | { readonly type: 'stopSandbox'; readonly sandboxId: string }
  /** Never started, and its sandbox is gone: it leaves no attempt behind. */
  | { readonly type: 'removeContainer'; readonly id: string }
  | { readonly type: 'killContainer'; readonly id: string; readonly name: string; readonly reason: string; readonly message: string }
  | StartContainer;

export interface PodPlan {
  /** In this order; starts may go on side by side. */
  readonly actions: readonly PodAction[];
  /** Containers held back after a crash, with their pause. */
  readonly held: ReadonlyMap<string, { readonly delayMs: number }>;
  /** When to plan anew without any change, milliseconds since the epoch. */
  readonly wakeAtMs?: number;
}

export interface PlanInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly crashLoop: CrashLoop;
  readonly nowMs: number;
  /** Containers that a liveness or startup probe has given up, with the event's text. */
  readonly unhealthy?: ReadonlyMap<string, string>;
  /** Containers whose sidecar before them has started (its startup probe too). */
  readonly isStarted?: (containerId: string) => boolean;
}

const NOTHING: PodPlan = { actions: [], held: new Map() };

/** What to do next for a pod that should run. Looks at the present only: called again after every step, it goes on where any other left off. */
export function planPod(input: PlanInput): PodPlan {
  const { observed, pod } = input;
  const [newest] = observed.sandboxes;
  if (newest && isUsable(pod, newest)) return planContainers(input, newest);
  if (!isWorthASandbox(input)) return { ...NOTHING, actions: stopAll(observed) };
  const stale = observed.containers.filter(({ state }) => state === 'created').map(({ id }) => ({ type: 'removeContainer', id }) as const);
  const attempt = newest ? newest.attempt + 1 : 0;
  return { ...NOTHING, actions: [...stopAll(observed), ...stale, { type: 'createSandbox', attempt }] };
}

const isUsable = ({ spec }: Pod, { isReady, ips }: ObservedSandbox): boolean => isReady && (spec.hostNetwork === true || ips.length > 0);

const stopAll = ({ sandboxes }: ObservedPod): readonly PodAction[] =>
  sandboxes.filter(({ isReady }) => isReady).map(({ id }) => ({ type: 'stopSandbox', sandboxId: id }));

/** A pod that has done its work, or may not be tried again, gets no new sandbox. */
function isWorthASandbox({ pod, observed }: PlanInput): boolean {
  if (observed.containers.every(({ state }) => state === 'created')) return true;
  if (pod.spec.restartPolicy === 'Never') return false;
  return pod.spec.containers.some(container => {
    const last = newestOf(observed, container.name);
    return !last || last.state !== 'exited' || wantsRestart(pod, container, last);
  });
}

function planContainers(input: PlanInput, sandbox: ObservedSandbox): PodPlan {
  const { pod } = input;
  const plan = new Plan(input, sandbox);
  const isInitialized = plan.init(pod.spec.initContainers ?? []);
  if (isInitialized === 'failed') return plan.result();
  const ephemeral = (pod.spec.ephemeralContainers ?? []) as readonly Container[];
  for (const container of ephemeral) if (!newestOf(input.observed, container.name)) plan.start(container, 'ephemeral');
  if (isInitialized) for (const container of pod.spec.containers) plan.main(container);
  return plan.result();
}

class Plan {
  readonly #input: PlanInput;
  readonly #sandbox: ObservedSandbox;
  readonly #actions: PodAction[] = [];
  readonly #held = new Map<string, { readonly delayMs: number }>();
  #wakeAtMs = Infinity;

  constructor(input: PlanInput, sandbox: ObservedSandbox) {
    this.#input = input;
    this.#sandbox = sandbox;
  }

  result(): PodPlan {
    const actions = this.#actions;
    return { actions, held: this.#held, ...(this.#wakeAtMs < Infinity && { wakeAtMs: this.#wakeAtMs }) };
  }

  /** Starts the next init container and keeps the sidecars running. True once the pod's own containers may start. */
  init(containers: readonly Container[]): boolean | 'failed' {
    const { pod, observed } = this.#input;
    const isOver = pod.spec.containers.some(({ name }) => this.#inSandbox(name) !== undefined);
    for (const container of containers) {
      const last = this.#inSandbox(container.name);
      if (isSidecar(container)) {
        this.main(container, 'sidecar');
        if (!isOver && !(last?.state === 'running' && (this.#input.isStarted?.(last.id) ?? true))) return false;
        continue;
      }
      if (isOver || (last?.state === 'exited' && last.exitCode === 0)) continue;
      if (last?.state === 'exited' && !wantsInitRestart(pod)) return 'failed';
      if (last?.state === 'exited') this.#restart(container, 'init', last);
      else if (last?.state !== 'running') this.start(container, 'init', { last: last ?? newestOf(observed, container.name) });
      return false;
    }
    return true;
  }

  main(container: Container, role: ContainerRole = 'main'): void {
    const { pod, observed, unhealthy } = this.#input;
    const last = newestOf(observed, container.name);
    if (!last || last.state === 'created') this.start(container, role, { last });
    else if (last.state === 'running') this.#keep(last, unhealthy?.get(last.id));
    else if (last.state === 'unknown') this.#kill(last, { reason: 'ContainerStatusUnknown', message: 'the runtime has lost track of it' });
    else if (wantsRestart(pod, container, last)) this.#restart(container, role, last);
  }

  start(container: Container, role: ContainerRole, { last }: { readonly last?: ObservedContainer | undefined } = {}): void {
    const isCreated = last?.state === 'created' && last.sandboxId === this.#sandbox.id;
    this.#actions.push({
      type: 'startContainer',
      container,
      role,
      attempt: isCreated ? last.attempt : last ? last.attempt + 1 : 0,
      ...(isCreated && { createdId: last.id }),
      ...(last?.finishedAtMs !== undefined && { lastFinishedMs: last.finishedAtMs }),
    });
  }

  #keep(container: ObservedContainer, fault: string | undefined): void {
    if (fault !== undefined) this.#kill(container, { reason: 'Unhealthy', message: fault });
  }

  #kill({ id, name }: ObservedContainer, why: { readonly reason: string; readonly message: string }): void {
    this.#actions.push({ type: 'killContainer', id, name, ...why });
  }

  #restart(container: Container, role: ContainerRole, last: ObservedContainer): void {
    const { crashLoop, nowMs } = this.#input;
    const held = crashLoop.heldUntil(container.name, last.finishedAtMs ?? nowMs, nowMs);
    if (!held) {
      this.start(container, role, { last });
      return;
    }
    this.#held.set(container.name, { delayMs: held.delayMs });
    this.#wakeAtMs = Math.min(this.#wakeAtMs, held.untilMs);
  }

  #inSandbox(name: string): ObservedContainer | undefined {
    const last = newestOf(this.#input.observed, name);
    return last?.sandboxId === this.#sandbox.id ? last : undefined;
  }
}
