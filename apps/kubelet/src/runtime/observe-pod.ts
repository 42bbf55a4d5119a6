import type { Container, ContainerStatus, Cri, PodSandbox } from '@steersman/cri';
import type { ObservedContainer, ObservedPod, ObservedSandbox } from '@steersman/pods';
import { isReason } from '@steersman/status';
import { nanoTimeText, nanoToMs } from '../times.ts';
import { CONTAINER_HASH, CONTAINER_NAME, POD_UID } from './labels.ts';

const STATES = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
} as const;

export interface ObserverDeps {
  readonly cri: Pick<Cri, 'listPodSandboxes' | 'listContainers' | 'podSandboxStatus' | 'containerStatus'>;
  /** What a container left as its last words. */
  readonly terminationMessage: (status: ContainerStatus) => Promise<string | undefined>;
}

/** Looks at what the runtime has of one pod. What cannot change any more is asked for once. */
export class PodObserver {
  readonly #deps: ObserverDeps;
  readonly #uid: string;
  #exited = new Map<string, ObservedContainer>();
  #ips = new Map<string, readonly string[]>();

  constructor(deps: ObserverDeps, uid: string) {
    this.#deps = deps;
    this.#uid = uid;
  }

  async look(signal: AbortSignal): Promise<ObservedPod> {
    const { cri } = this.#deps;
    const filter = { labelSelector: { [POD_UID]: this.#uid } };
    const [sandboxes, containers] = await Promise.all([cri.listPodSandboxes(filter, { signal }), cri.listContainers(filter, { signal })]);
    const [seenSandboxes, seenContainers] = await Promise.all([
      Promise.all(sandboxes.map(sandbox => this.#sandbox(sandbox, signal))),
      Promise.all(containers.map(container => this.#container(container, signal))),
    ]);
    const observed = {
      sandboxes: seenSandboxes.filter(isPresent).sort(newestFirst),
      containers: seenContainers.filter(isPresent).sort(newestFirst),
    };
    this.#exited = new Map(observed.containers.filter(({ state }) => state === 'exited').map(container => [container.id, container]));
    this.#ips = new Map(observed.sandboxes.filter(({ ips }) => ips.length > 0).map(({ id, ips }) => [id, ips]));
    return observed;
  }

  async #sandbox({ id, metadata, state }: PodSandbox, signal: AbortSignal): Promise<ObservedSandbox | undefined> {
    const isReady = state === 'SANDBOX_READY';
    const facts = { id, attempt: metadata.attempt, isReady };
    if (!isReady) return { ...facts, ips: [] };
    const ips = this.#ips.get(id) ?? (await this.#ipsOf(id, signal));
    return ips && { ...facts, ips };
  }

  async #ipsOf(id: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const status = await unlessGone(this.#deps.cri.podSandboxStatus(id, { signal }));
    if (!status) return undefined;
    const { ip = '', additionalIps = [] } = status.network ?? {};
    return [ip, ...additionalIps.map(more => more.ip)].filter(text => text !== '');
  }

  async #container(container: Container, signal: AbortSignal): Promise<ObservedContainer | undefined> {
    const known = this.#exited.get(container.id);
    if (known) return known;
    const status = await unlessGone(this.#deps.cri.containerStatus(container.id, { signal }));
    if (!status) return undefined;
    const state = STATES[status.state];
    const message = state === 'exited' ? ((await this.#deps.terminationMessage(status)) ?? status.message) : '';
    return observed(container, status, message);
  }
}

function observed({ podSandboxId, labels }: Container, status: ContainerStatus, message: string): ObservedContainer {
  const { id, metadata, image, imageRef, exitCode, reason, annotations } = status;
  const startedAt = nanoTimeText(status.startedAt);
  const finishedAt = nanoTimeText(status.finishedAt);
  const hash = annotations[CONTAINER_HASH];
  return {
    id,
    name: labels[CONTAINER_NAME] ?? metadata.name,
    attempt: metadata.attempt,
    sandboxId: podSandboxId,
    state: STATES[status.state],
    image: image.image,
    imageId: imageRef,
    exitCode,
    ...(reason && { reason }),
    ...(message && { message }),
    ...(startedAt && { startedAt }),
    ...(finishedAt && { finishedAt, finishedAtMs: nanoToMs(status.finishedAt) }),
    ...(hash && { hash }),
  };
}

const newestFirst = (a: { readonly attempt: number }, b: { readonly attempt: number }): number => b.attempt - a.attempt;

const isPresent = <T>(value: T | undefined): value is T => value !== undefined;

/** Removed between two looks. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (err) {
    if (isReason(err, 'NotFound')) return undefined;
    throw err;
  }
}
