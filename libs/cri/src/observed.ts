import type { ContainerMetadata, ImageSpec, Int64Value, PodSandboxMetadata } from './config.ts';

/** What the runtime reports. Times are Unix nanoseconds, exact to a quarter of a microsecond; 0 means not yet. */

export interface RuntimeVersion {
  readonly version: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

export interface RuntimeCondition {
  /** RuntimeReady, NetworkReady */
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[];
  /** Names of the handlers the runtime lists, '' for the default one; containerd 1.6 lists none. */
  readonly handlers: readonly string[];
}

export type PodSandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY';

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: PodSandboxState;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runtimeHandler: string;
}

export interface PodSandboxStatus extends PodSandbox {
  /** `ip` is empty with the node's network. */
  readonly network: { readonly ip: string; readonly additionalIps: readonly { readonly ip: string }[] } | null;
}

export type ContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN';

export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  readonly image: ImageSpec;
  readonly imageRef: string;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus {
  readonly id: string;
  readonly metadata: ContainerMetadata;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly image: ImageSpec;
  readonly imageRef: string;
  /** Such as Completed, Error, OOMKilled. */
  readonly reason: string;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The whole path. */
  readonly logPath: string;
}

export interface ExecResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number;
}

export interface Image {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly size: number;
  /** Whom it runs as by default: one of the two, or neither. */
  readonly uid: Int64Value | null;
  readonly username: string;
  /** Never removed to gain space. */
  readonly pinned: boolean;
}

export interface FilesystemUsage {
  readonly timestamp: number;
  readonly fsId: { readonly mountpoint: string } | null;
  readonly usedBytes: Int64Value | null;
  readonly inodesUsed: Int64Value | null;
}

export interface ContainerStats {
  readonly attributes: {
    readonly id: string;
    readonly metadata: ContainerMetadata;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly cpu: {
    readonly timestamp: number;
    readonly usageCoreNanoSeconds: Int64Value | null;
    readonly usageNanoCores: Int64Value | null;
  } | null;
  readonly memory: {
    readonly timestamp: number;
    readonly workingSetBytes: Int64Value | null;
    readonly availableBytes: Int64Value | null;
    readonly usageBytes: Int64Value | null;
    readonly rssBytes: Int64Value | null;
    readonly pageFaults: Int64Value | null;
    readonly majorPageFaults: Int64Value | null;
  } | null;
  readonly writableLayer: FilesystemUsage | null;
}
