import type { RpcMethod } from '@steersman/rpc';
import type { AuthConfig, ContainerConfig, ImageSpec, LinuxContainerResources, PodSandboxConfig } from './config.ts';
import type { AttachRequest, ExecRequest, PortForwardRequest, StatsFilter } from './cri.ts';
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
  RuntimeCondition,
  RuntimeVersion,
} from './observed.ts';

/** The services of protos/third_party/cri/runtime/v1/api.proto as they are on the wire; absent messages are null. */

type Nothing = Readonly<Record<string, never>>;
type OfSandbox = RpcMethod<{ readonly podSandboxId: string }, Nothing>;
type OfContainer = RpcMethod<{ readonly containerId: string }, Nothing>;
type Stream<Req> = RpcMethod<Req, { readonly url: string }>;

interface Filter<State> {
  readonly id?: string;
  readonly state?: { readonly state: State };
  readonly podSandboxId?: string;
  readonly labelSelector?: Readonly<Record<string, string>>;
}

interface CreateContainerRequest {
  readonly podSandboxId: string;
  readonly config: ContainerConfig;
  readonly sandboxConfig: PodSandboxConfig;
}

interface StatusResponse {
  readonly status: { readonly conditions: readonly RuntimeCondition[] } | null;
  readonly runtimeHandlers: readonly { readonly name: string }[];
}

export interface RuntimeMethods {
  readonly Version: RpcMethod<{ readonly version: string }, RuntimeVersion>;
  readonly Status: RpcMethod<Nothing, StatusResponse>;
  readonly RunPodSandbox: RpcMethod<
    { readonly config: PodSandboxConfig; readonly runtimeHandler: string },
    { readonly podSandboxId: string }
  >;
  readonly StopPodSandbox: OfSandbox;
  readonly RemovePodSandbox: OfSandbox;
  readonly PodSandboxStatus: RpcMethod<{ readonly podSandboxId: string }, { readonly status: PodSandboxStatus | null }>;
  readonly ListPodSandbox: RpcMethod<{ readonly filter: Filter<PodSandboxState> }, { readonly items: readonly PodSandbox[] }>;
  readonly CreateContainer: RpcMethod<CreateContainerRequest, { readonly containerId: string }>;
  readonly StartContainer: OfContainer;
  readonly StopContainer: RpcMethod<{ readonly containerId: string; readonly timeout: number }, Nothing>;
  readonly RemoveContainer: OfContainer;
  readonly ListContainers: RpcMethod<{ readonly filter: Filter<ContainerState> }, { readonly containers: readonly Container[] }>;
  readonly ContainerStatus: RpcMethod<{ readonly containerId: string }, { readonly status: ContainerStatus | null }>;
  readonly UpdateContainerResources: RpcMethod<{ readonly containerId: string; readonly linux: LinuxContainerResources }, Nothing>;
  readonly ReopenContainerLog: OfContainer;
  readonly ExecSync: RpcMethod<{ readonly containerId: string; readonly cmd: readonly string[]; readonly timeout: number }, ExecResult>;
  readonly Exec: Stream<ExecRequest>;
  readonly Attach: Stream<AttachRequest>;
  readonly PortForward: Stream<PortForwardRequest>;
  readonly ContainerStats: RpcMethod<{ readonly containerId: string }, { readonly stats: ContainerStats | null }>;
  readonly ListContainerStats: RpcMethod<{ readonly filter: StatsFilter }, { readonly stats: readonly ContainerStats[] }>;
}

interface PullImageRequest {
  readonly image: ImageSpec;
  readonly auth?: AuthConfig | undefined;
  readonly sandboxConfig?: PodSandboxConfig | undefined;
}

export interface ImageMethods {
  readonly ListImages: RpcMethod<{ readonly filter?: { readonly image: ImageSpec } }, { readonly images: readonly Image[] }>;
  readonly ImageStatus: RpcMethod<{ readonly image: ImageSpec }, { readonly image: Image | null }>;
  readonly PullImage: RpcMethod<PullImageRequest, { readonly imageRef: string }>;
  readonly RemoveImage: RpcMethod<{ readonly image: ImageSpec }, Nothing>;
  readonly ImageFsInfo: RpcMethod<Nothing, { readonly imageFilesystems: readonly FilesystemUsage[] }>;
}
