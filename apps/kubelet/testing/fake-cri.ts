import type {
  Container,
  ContainerConfig,
  ContainerState,
  ContainerStatus,
  Cri,
  Image,
  PodSandboxConfig,
  PodSandboxStatus,
} from '@steersman/cri';
import { StatusError } from '@steersman/status';

const NS_PER_MS = 1_000_000;

interface FakeSandbox {
  readonly config: PodSandboxConfig;
  isReady: boolean;
  readonly ip: string;
}

interface FakeContainer {
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  state: ContainerState;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  reason: string;
}

export interface FakeCriOptions {
  /** Called before each call that changes something; what it throws is the answer. */
  readonly before?: (call: string) => void;
  /** Called once such a call is done, before its answer arrives. */
  readonly after?: (call: string) => void;
  readonly now?: () => number;
}

/** A runtime in memory, with CRI's rules: names are taken once, a sandbox takes its containers with it, stopping what is gone succeeds. */
export class FakeCri implements Cri {
  readonly sandboxes = new Map<string, FakeSandbox>();
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Set(['box:1']);
  /** Every call that changes something, such as `startContainer web#0`. */
  readonly calls: string[] = [];
  readonly #listeners = new Set<(id: string) => void>();
  readonly #options: FakeCriOptions;
  #made = 0;

  constructor(options: FakeCriOptions = {}) {
    this.#options = options;
  }

  /** A client of the same runtime for another process. */
  reopened(options: FakeCriOptions): FakeCri {
    const again = new FakeCri(options);
    again.#adopt(this);
    return again;
  }

  /** The containers that run, as `name#attempt`. */
  running(): readonly string[] {
    return [...this.containers.values()].filter(({ state }) => state === 'CONTAINER_RUNNING').map(nameOf);
  }

  /** A container ends by itself. */
  exit(name: string, exitCode: number): void {
    const [id] = [...this.containers].find(([, container]) => nameOf(container) === name) ?? [];
    if (id === undefined) throw new Error(`no container ${name}`);
    this.#end(id, exitCode);
  }

  /** The machine was switched off and on. */
  reboot(): void {
    for (const sandbox of this.sandboxes.values()) sandbox.isReady = false;
    for (const id of this.containers.keys()) this.#end(id, 255);
  }

  async *exits(signal: AbortSignal): AsyncGenerator<string> {
    const waiting: string[] = [];
    let wake = Promise.withResolvers<void>();
    const listener = (id: string): void => {
      waiting.push(id);
      wake.resolve();
    };
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => wake.resolve(), { once: true });
    try {
      while (!signal.aborted) {
        await wake.promise;
        wake = Promise.withResolvers<void>();
        yield* waiting.splice(0);
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    return await this.#change(`runPodSandbox #${config.metadata.attempt}`, () => {
      const isTaken = [...this.sandboxes.values()].some(
        ({ config: { metadata } }) => metadata.uid === config.metadata.uid && metadata.attempt === config.metadata.attempt,
      );
      if (isTaken) throw new StatusError('AlreadyExists', 'the name of the sandbox is reserved');
      const id = `sandbox-${++this.#made}`;
      this.sandboxes.set(id, { config, isReady: true, ip: `10.0.0.${this.#made}` });
      return id;
    });
  }

  async stopPodSandbox(id: string): Promise<void> {
    await this.#change('stopPodSandbox', () => {
      const sandbox = this.sandboxes.get(id);
      if (sandbox) sandbox.isReady = false;
      for (const [container, { sandboxId }] of this.containers) if (sandboxId === id) this.#end(container, 137);
    });
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.#change('removePodSandbox', () => {
      this.sandboxes.delete(id);
      for (const [container, { sandboxId }] of this.containers) if (sandboxId === id) this.containers.delete(container);
    });
  }

  async listPodSandboxes(filter: { readonly labelSelector?: Readonly<Record<string, string>>; readonly state?: string } = {}) {
    return [...this.sandboxes.keys()]
      .map(id => this.#sandbox(id))
      .filter(({ labels, state }) => matches(labels, filter.labelSelector) && (filter.state === undefined || filter.state === state));
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox) throw new StatusError('NotFound', `no sandbox ${id}`);
    return { ...this.#sandbox(id), network: { ip: sandbox.ip, additionalIps: [] } };
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    return await this.#change(`createContainer ${config.metadata.name}#${config.metadata.attempt}`, () => {
      if (!this.sandboxes.get(sandboxId)?.isReady) throw new StatusError('NotFound', `no sandbox ${sandboxId}`);
      const id = `container-${++this.#made}`;
      const fresh = { startedAt: 0, finishedAt: 0, exitCode: 0, reason: '' };
      this.containers.set(id, { sandboxId, config, state: 'CONTAINER_CREATED', ...fresh });
      return id;
    });
  }

  async startContainer(id: string): Promise<void> {
    const container = this.containers.get(id);
    await this.#change(`startContainer ${container ? nameOf(container) : id}`, () => {
      if (container?.state !== 'CONTAINER_CREATED') throw new StatusError('InternalError', `container ${id} is not in created state`);
      container.state = 'CONTAINER_RUNNING';
      container.startedAt = this.#now();
    });
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    await this.#change(`stopContainer ${timeoutSeconds}s`, () => this.#end(id, 0));
  }

  async removeContainer(id: string): Promise<void> {
    await this.#change('removeContainer', () => void this.containers.delete(id));
  }

  async listContainers(filter: { readonly labelSelector?: Readonly<Record<string, string>> } = {}): Promise<readonly Container[]> {
    return [...this.containers.keys()].map(id => this.#container(id)).filter(({ labels }) => matches(labels, filter.labelSelector));
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    const container = this.containers.get(id);
    if (!container) throw new StatusError('NotFound', `no container ${id}`);
    const { startedAt, finishedAt, exitCode, reason } = container;
    return { ...this.#container(id), startedAt, finishedAt, exitCode, reason, message: '', logPath: '' };
  }

  async imageStatus(name: string): Promise<Image | undefined> {
    if (!this.images.has(name)) return undefined;
    return { id: `sha256:${name}`, repoTags: [name], repoDigests: [], size: 1, uid: null, username: '', pinned: false };
  }

  async pullImage(name: string): Promise<string> {
    return await this.#change(`pullImage ${name}`, () => {
      throw new StatusError('NotFound', `${name}: not found`);
    });
  }

  async listImages() {
    return [];
  }
  async imageFsInfo() {
    return [];
  }
  async removeImage(): Promise<void> {}
  async version() {
    return { version: '0.1.0', runtimeName: 'fake', runtimeVersion: '1', runtimeApiVersion: 'v1' };
  }
  async status() {
    return { conditions: [], handlers: [] };
  }
  async execSync() {
    return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), exitCode: 0 };
  }
  async exec() {
    return '';
  }
  async attach() {
    return '';
  }
  async portForward() {
    return '';
  }
  async reopenContainerLog(): Promise<void> {}
  async updateContainerResources(): Promise<void> {}
  async listContainerStats() {
    return [];
  }
  async containerStats(): Promise<never> {
    throw new StatusError('NotFound', 'no statistics');
  }
  [Symbol.dispose](): void {}

  #adopt(other: FakeCri): void {
    for (const [id, sandbox] of other.sandboxes) this.sandboxes.set(id, sandbox);
    for (const [id, container] of other.containers) this.containers.set(id, container);
    this.calls.push(...other.calls);
    this.#made = other.#made;
  }

  async #change<T>(call: string, work: () => T): Promise<T> {
    this.#options.before?.(call);
    await Promise.resolve();
    const result = work();
    this.calls.push(call);
    this.#options.after?.(call);
    return result;
  }

  #end(id: string, exitCode: number): void {
    const container = this.containers.get(id);
    if (container?.state !== 'CONTAINER_RUNNING') return;
    container.state = 'CONTAINER_EXITED';
    container.finishedAt = this.#now();
    container.exitCode = exitCode;
    container.reason = exitCode === 0 ? 'Completed' : 'Error';
    for (const listener of this.#listeners) listener(id);
  }

  #now(): number {
    return (this.#options.now?.() ?? Date.now()) * NS_PER_MS;
  }

  #sandbox(id: string) {
    const { config, isReady } = this.sandboxes.get(id) ?? { config: undefined, isReady: false };
    return {
      id,
      metadata: config?.metadata ?? { name: '', uid: '', namespace: '', attempt: 0 },
      state: isReady ? ('SANDBOX_READY' as const) : ('SANDBOX_NOTREADY' as const),
      createdAt: 0,
      labels: config?.labels ?? {},
      annotations: {},
      runtimeHandler: '',
    };
  }

  #container(id: string): Container {
    const { sandboxId, config, state } = this.containers.get(id) as FakeContainer;
    return {
      id,
      podSandboxId: sandboxId,
      metadata: config.metadata,
      image: { image: 'box:1' },
      imageRef: 'sha256:box',
      state,
      createdAt: 0,
      labels: config.labels ?? {},
      annotations: config.annotations ?? {},
    };
  }
}

const nameOf = ({ config: { metadata } }: FakeContainer): string => `${metadata.name}#${metadata.attempt}`;

const matches = (labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>> = {}): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);
