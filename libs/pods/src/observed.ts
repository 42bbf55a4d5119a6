/** What the runtime tells of one container, newest attempt first in every list. */
export interface ObservedContainer {
  readonly id: string;
  readonly name: string;
  /** Counts from 0; the restart count of the container's status. */
  readonly attempt: number;
  readonly sandboxId: string;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  readonly image: string;
  readonly imageId: string;
  /** RFC 3339, whole seconds; absent before the container was started. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** Milliseconds since the epoch, for durations. */
  readonly finishedAtMs?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
  /** Of the container's part of the spec it was made from: see `hashContainer`. */
  readonly hash?: string;
}

export interface ObservedSandbox {
  readonly id: string;
  readonly attempt: number;
  readonly isReady: boolean;
  readonly ips: readonly string[];
}

/** What the runtime has of one pod. */
export interface ObservedPod {
  /** Newest attempt first. */
  readonly sandboxes: readonly ObservedSandbox[];
  /** Newest attempt first. */
  readonly containers: readonly ObservedContainer[];
}

export const NOTHING_OBSERVED: ObservedPod = { sandboxes: [], containers: [] };

/** The newest attempt of a container. */
export const newestOf = ({ containers }: ObservedPod, name: string): ObservedContainer | undefined =>
  containers.find(container => container.name === name);
