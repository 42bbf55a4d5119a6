import type { Container, ContainerState, ContainerStatus, Pod } from '@steersman/types';
import type { ObservedContainer, ObservedPod } from './observed.ts';
import { isSidecar } from './restart-policy.ts';

export interface WaitingReason {
  readonly reason: string;
  readonly message?: string;
}

export interface StatusInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  /** Why a container is not running, by name: a failed pull, a pause after a crash. */
  readonly waiting?: ReadonlyMap<string, WaitingReason>;
  /** What the probes say of a running container, by id. */
  readonly isReady: (containerId: string) => boolean;
  readonly isStarted: (containerId: string) => boolean;
  /** The scheme of container ids, such as `containerd`. */
  readonly runtimeName: string;
  /** Nothing is started any more. */
  readonly isStopped?: boolean;
}

export interface ContainerStatuses {
  readonly init: ContainerStatus[];
  readonly main: ContainerStatus[];
  readonly ephemeral: ContainerStatus[];
}

export function containerStatuses(input: StatusInput): ContainerStatuses {
  const { initContainers = [], containers, ephemeralContainers = [] } = input.pod.spec;
  const init = initContainers.map(container => statusOf(container, input, { isInit: true }));
  const isPending = init.some((status, at) => !isInitialized(status, initContainers[at]));
  const main = containers.map(container => statusOf(container, input, { waitsFor: isPending ? 'PodInitializing' : 'ContainerCreating' }));
  const ephemeral = (ephemeralContainers as readonly Container[]).map(container => statusOf(container, input, {}));
  return { init, main, ephemeral };
}

/** Whether an init container lets the next one start. */
export const isInitialized = (status: ContainerStatus, container: Container | undefined): boolean =>
  container && isSidecar(container) ? status.started === true : status.state?.terminated?.exitCode === 0;

function statusOf(
  container: Container,
  input: StatusInput,
  {
    isInit = false,
    waitsFor = isInit ? 'PodInitializing' : 'ContainerCreating',
  }: { readonly isInit?: boolean; readonly waitsFor?: string },
): ContainerStatus {
  const { observed, runtimeName } = input;
  const attempts = observed.containers.filter(({ name }) => name === container.name);
  const [newest, previous] = attempts;
  const state = stateOf(newest, { container, input, waitsFor });
  // A container that is to be started again shows how it ended as its last state.
  const last = state.waiting ? newest : previous;
  const isRunning = state.running !== undefined && newest !== undefined;
  const isDoneInit = isInit && !isSidecar(container) && state.terminated?.exitCode === 0;
  return {
    name: container.name,
    image: newest?.image ?? container.image ?? '',
    imageID: newest?.imageId ?? '',
    ...(newest && newest.state !== 'created' && { containerID: `${runtimeName}://${newest.id}` }),
    restartCount: newest?.attempt ?? 0,
    ready: isDoneInit || (isRunning && (!isInit || isSidecar(container)) && input.isReady(newest.id)),
    started: isRunning && input.isStarted(newest.id),
    state,
    lastState: last?.state === 'exited' ? { terminated: terminated(last, runtimeName) } : {},
  };
}

function stateOf(
  newest: ObservedContainer | undefined,
  { container, input, waitsFor }: { readonly container: Container; readonly input: StatusInput; readonly waitsFor: string },
): ContainerState {
  const waiting = input.isStopped ? undefined : input.waiting?.get(container.name);
  if (newest?.state === 'running') return { running: { ...(newest.startedAt && { startedAt: newest.startedAt }) } };
  if (waiting) return { waiting };
  if (newest?.state === 'exited') return { terminated: terminated(newest, input.runtimeName) };
  if (newest?.state === 'unknown') {
    return {
      terminated: {
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
        message: 'The container could not be located when the pod was terminated',
      },
    };
  }
  return { waiting: { reason: waitsFor } };
}

function terminated(
  { id, exitCode = 0, reason, message, startedAt, finishedAt }: ObservedContainer,
  runtimeName: string,
): NonNullable<ContainerState['terminated']> {
  return {
    exitCode,
    reason: reason || (exitCode === 0 ? 'Completed' : 'Error'),
    ...(message && { message }),
    ...(startedAt && { startedAt }),
    ...(finishedAt && { finishedAt }),
    containerID: `${runtimeName}://${id}`,
  };
}
