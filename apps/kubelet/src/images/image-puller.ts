import type { Clock } from '@steersman/async';
import type { AuthConfig, Cri, Image, PodSandboxConfig } from '@steersman/cri';
import { pullDecision } from '@steersman/pods';
import type { Container } from '@steersman/types';
import type { PodEvents } from '../pods/pod-events.ts';
import { messageOf, StartError } from '../start-error.ts';

const FIRST_MS = 10_000;
const MAX_MS = 300_000;

export interface PullerDeps {
  readonly cri: Pick<Cri, 'imageStatus' | 'pullImage'>;
  readonly clock: Clock;
}

export interface ImageRequest {
  readonly container: Container;
  readonly sandboxConfig: PodSandboxConfig;
  /** What the pod's secrets have for the image's registry, in the order to try. */
  readonly credentials: (image: string) => Promise<readonly AuthConfig[]>;
  readonly events: PodEvents;
  readonly signal: AbortSignal;
}

interface Failure {
  readonly message: string;
  readonly delayMs: number;
  readonly untilMs: number;
}

/** Gets images onto the node as the pull policies say; an image that cannot be had is tried again after 10 s, 20 s ... 5 min. */
export class ImagePuller {
  readonly #deps: PullerDeps;
  readonly #failures = new Map<string, Failure>();
  readonly #pulls = new Map<string, Promise<void>>();

  constructor(deps: PullerDeps) {
    this.#deps = deps;
  }

  /** Throws StartError with the waiting reason of the container. */
  async ensure(request: ImageRequest): Promise<Image> {
    const { container, events, signal } = request;
    const name = container.image ?? '';
    const present = await this.#deps.cri.imageStatus(name, { signal });
    const decision = pullDecision(container, { isPresent: present !== undefined });
    if (decision === 'never')
      throw this.#refuse(request, 'ErrImageNeverPull', `Container image "${name}" is not present with pull policy of Never`);
    if (decision === 'present' && present) {
      events.normal('Pulled', `Container image "${name}" already present on machine`, container);
      return present;
    }
    await this.#pull(name, request);
    const pulled = await this.#deps.cri.imageStatus(name, { signal });
    if (!pulled) throw this.#refuse(request, 'ImageInspectError', `image "${name}" is gone right after it was pulled`);
    return pulled;
  }

  async #pull(name: string, request: ImageRequest): Promise<void> {
    const { container, events, signal } = request;
    const { clock } = this.#deps;
    const failure = this.#failures.get(name);
    if (failure && clock.now() < failure.untilMs) {
      const message = `Back-off pulling image "${name}"`;
      events.normal('BackOff', message, container);
      throw this.#refuse(request, 'ImagePullBackOff', `${message}: ${failure.message}`);
    }
    events.normal('Pulling', `Pulling image "${name}"`, container);
    const startedMs = clock.now();
    try {
      const credentials = await request.credentials(name);
      const key = `${name} ${credentials.map(({ username }) => username).join(' ')}`; // one pod's rights are not another's
      await this.#once(key, () => this.#tryEach(name, credentials, request));
    } catch (err) {
      signal.throwIfAborted();
      if (/invalid reference format/.test(messageOf(err))) throw this.#invalid(name, request, messageOf(err));
      const message = messageOf(err);
      const delayMs = failure ? Math.min(failure.delayMs * 2, MAX_MS) : FIRST_MS;
      this.#failures.set(name, { message: `ErrImagePull: ${message}`, delayMs, untilMs: clock.now() + delayMs });
      events.warning('Failed', `Failed to pull image "${name}": ${message}`, container);
      throw this.#refuse(request, 'ErrImagePull', message);
    }
    this.#failures.delete(name);
    const took = `${((clock.now() - startedMs) / 1000).toFixed(3)}s`;
    events.normal('Pulled', `Successfully pulled image "${name}" in ${took} (${took} including waiting).`, container);
  }

  /** Without credentials when there are none; the last failure counts. */
  async #tryEach(
    name: string,
    credentials: readonly AuthConfig[],
    { signal, sandboxConfig }: Pick<ImageRequest, 'signal' | 'sandboxConfig'>,
  ): Promise<void> {
    const [first, ...rest] = credentials;
    try {
      await this.#deps.cri.pullImage(name, first, sandboxConfig, { signal });
    } catch (err) {
      if (rest.length === 0 || signal.aborted) throw err;
      await this.#tryEach(name, rest, { signal, sandboxConfig });
    }
  }

  /** Pods that want the same image wait for one pull. */
  async #once(name: string, pull: () => Promise<unknown>): Promise<void> {
    const running = this.#pulls.get(name);
    if (running) return await running;
    const started = pull().then(() => {});
    this.#pulls.set(name, started);
    try {
      await started;
    } finally {
      this.#pulls.delete(name);
    }
  }

  /** Only the runtime's words tell that a name can never be pulled, whatever the registry has. */
  #invalid(name: string, request: ImageRequest, said: string): StartError {
    const fault = said.slice(said.indexOf('invalid reference format'));
    const message = `Failed to apply default image tag "${name}": couldn't parse image name "${name}": ${fault}`;
    request.events.warning('InspectFailed', message, request.container);
    return this.#refuse(request, 'InvalidImageName', message);
  }

  #refuse({ container, events }: ImageRequest, reason: string, message: string): StartError {
    events.warning('Failed', `Error: ${reason}`, container);
    return new StartError(reason, message);
  }
}
