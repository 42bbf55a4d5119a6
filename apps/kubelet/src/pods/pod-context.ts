import type { Clock, Slots } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import type { EventRecorder } from '@steersman/controller';
import type { Cri } from '@steersman/cri';
import type { NodeAllocatable } from '@steersman/pods';
import type { Logger } from '@steersman/telemetry';
import type { Node, Pod, Service } from '@steersman/types';
import type { ImagePuller } from '../images/image-puller.ts';
import type { SandboxSettings } from '../runtime/sandbox-config.ts';
import type { Mounter } from '../volumes/mounts.ts';
import type { PodFolders } from './pod-folders.ts';
import type { RecentExits } from './recent-exits.ts';

/** What the workers of all pods share. */
export interface PodContext {
  readonly client: Client;
  readonly pods: Pick<Informer<Pod>, 'get'>;
  readonly services: Pick<Informer<Service>, 'list'>;
  readonly cri: Cri;
  /** The scheme of container ids, such as `containerd`. */
  readonly runtimeName: () => string;
  readonly exits: RecentExits;
  readonly puller: ImagePuller;
  readonly folders: PodFolders;
  readonly mounter: Mounter;
  readonly recorder: EventRecorder;
  /** Sandboxes and containers being made at once: the runtime is no faster with more. */
  readonly starts: Slots;
  readonly sandbox: SandboxSettings;
  readonly nodeIps: readonly string[];
  readonly allocatable: NodeAllocatable & Readonly<Record<string, string>>;
  /** This node as the API has it. */
  readonly node: () => Node | undefined;
  readonly memoryCapacityBytes: number;
  /** The status of a pod was made anew. */
  readonly reported: () => void;
  readonly removeCgroup: (path: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
}
