import type { AuthConfig, ContainerConfig, LinuxContainerResources, PodSandboxConfig } from './config.ts';
import type {
  Container,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  ExecResult,
  FilesystemUsage,
  Image,
  PodSandbox,
  PodSandboxState,
  PodSandboxStatus,
  RuntimeStatus,
  RuntimeVersion,
} from './observed.ts';

export interface CriOptions {
  readonly signal?: AbortSignal;
  /** The call fails with Timeout after this long; Infinity for no limit. Two minutes more than the call may rightly take unless told. */
  readonly timeoutMs?: number;
}

export interface PodSandboxFilter {
  readonly id?: string;
  readonly state?: PodSandboxState;
  readonly labelSelector?: Readonly<Record<string, string>>;
}

export interface ContainerFilter {
  readonly id?: string;
  readonly state?: ContainerState;
  readonly podSandboxId?: string;
  readonly labelSelector?: Readonly<Record<string, string>>;
}

export interface StatsFilter {
  readonly id?: string;
  readonly podSandboxId?: string;
  readonly labelSelector?: Readonly<Record<string, string>>;
}

export interface ImageFilter {
  readonly image?: string;
}

/** With a tty there is no stderr: the runtime refuses both together. */
export interface AttachRequest {
  readonly containerId: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface ExecRequest extends AttachRequest {
  readonly cmd: readonly string[];
}

export interface PortForwardRequest {
  readonly podSandboxId: string;
  readonly port: readonly number[];
}

/**
 * A container runtime. Failures are StatusError: NotFound, AlreadyExists, Timeout, ServiceUnavailable while it is away, else InternalError.
 * Stopping and removing what is gone already succeeds, as CRI demands.
 */
export interface Cri extends Disposable {
  version(options?: CriOptions): Promise<RuntimeVersion>;
  status(options?: CriOptions): Promise<RuntimeStatus>;

  runPodSandbox(config: PodSandboxConfig, runtimeHandler: string, options?: CriOptions): Promise<string>;
  stopPodSandbox(id: string, options?: CriOptions): Promise<void>;
  removePodSandbox(id: string, options?: CriOptions): Promise<void>;
  podSandboxStatus(id: string, options?: CriOptions): Promise<PodSandboxStatus>;
  listPodSandboxes(filter?: PodSandboxFilter, options?: CriOptions): Promise<readonly PodSandbox[]>;

  createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig, options?: CriOptions): Promise<string>;
  startContainer(id: string, options?: CriOptions): Promise<void>;
  /** Kills after `timeoutSeconds`; resolves when the container has ended. */
  stopContainer(id: string, timeoutSeconds: number, options?: CriOptions): Promise<void>;
  removeContainer(id: string, options?: CriOptions): Promise<void>;
  listContainers(filter?: ContainerFilter, options?: CriOptions): Promise<readonly Container[]>;
  containerStatus(id: string, options?: CriOptions): Promise<ContainerStatus>;
  updateContainerResources(id: string, linux: LinuxContainerResources, options?: CriOptions): Promise<void>;
  reopenContainerLog(id: string, options?: CriOptions): Promise<void>;

  /** Throws Timeout when the command runs longer than `timeoutSeconds`; 0 means no limit. */
  execSync(id: string, command: readonly string[], timeoutSeconds: number, options?: CriOptions): Promise<ExecResult>;
  /** The URL to stream at, good for one connection within a minute; so too attach and portForward. */
  exec(request: ExecRequest, options?: CriOptions): Promise<string>;
  attach(request: AttachRequest, options?: CriOptions): Promise<string>;
  portForward(request: PortForwardRequest, options?: CriOptions): Promise<string>;

  containerStats(id: string, options?: CriOptions): Promise<ContainerStats>;
  listContainerStats(filter?: StatsFilter, options?: CriOptions): Promise<readonly ContainerStats[]>;

  listImages(filter?: ImageFilter, options?: CriOptions): Promise<readonly Image[]>;
  imageStatus(image: string, options?: CriOptions): Promise<Image | undefined>;
  /** Takes as long as it takes: give a signal. */
  pullImage(image: string, auth?: AuthConfig, sandboxConfig?: PodSandboxConfig, options?: CriOptions): Promise<string>;
  removeImage(image: string, options?: CriOptions): Promise<void>;
  imageFsInfo(options?: CriOptions): Promise<readonly FilesystemUsage[]>;
}
