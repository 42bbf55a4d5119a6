import type { Cri } from '@steersman/cri';
import type { Metrics } from '@steersman/telemetry';
import type { Pod } from '@steersman/types';

/** A container that has been made at least once, and whose log file may be read. */
export interface FoundContainer {
  readonly containerId: string;
  readonly podSandboxId: string;
  /** The whole path of the log of this attempt. */
  readonly logPath: string;
  readonly running: boolean;
  /** Of spec.containers[].tty and stdin: what attach may ask for. */
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Resolves when this attempt has ended and its runtime writes no more; at once when it has. */
  readonly ended: Promise<void>;
}

export interface ContainerQuery {
  readonly namespace: string;
  readonly pod: string;
  /** Must match when given. */
  readonly uid?: string;
  readonly container: string;
  /** The attempt before the current one. */
  readonly previous?: boolean;
}

export interface PodQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly uid?: string;
}

/** What the HTTPS server asks of the pods of this node. Failures are StatusError with the texts of upstream's kubelet. */
export interface PodSource {
  /**
   * NotFound: pod "p" not found; BadRequest: container "c" in pod "p" is not available, container "c" in pod "p" is
   * waiting to start: ContainerCreating, previous terminated container "c" in pod "p" not found.
   */
  findContainer(query: ContainerQuery): Promise<FoundContainer>;
  /** The sandbox whose network port-forward enters. NotFound as above; BadRequest while it has none that is ready. */
  findSandbox(query: PodQuery): Promise<string>;
  /** Every pod this kubelet runs, with the status it last made of it. */
  pods(): readonly Pod[];
}

export interface ServerDeps {
  readonly pods: PodSource;
  readonly cri: Pick<Cri, 'exec' | 'attach' | 'portForward'>;
  readonly metrics: Metrics;
  /** Asks the API about callers that are no masters of the cluster. */
  readonly mayCall: (call: NodeCall) => Promise<boolean>;
}

/** Somebody wants something of this node, as an authorizer understands it. */
export interface NodeCall {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  /** Of nodes: proxy, stats, metrics, log, pods, healthz. */
  readonly subresource: string;
}
