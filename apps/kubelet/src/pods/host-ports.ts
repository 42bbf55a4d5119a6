import type { HostPort } from '@steersman/net';
import type { Logger } from '@steersman/telemetry';
import { jsonEquals, type Pod } from '@steersman/types';

export interface HostPortsDeps {
  readonly set: (ports: readonly HostPort[]) => Promise<void>;
  readonly log: Logger;
}

/** Keeps the node's host ports equal to those of its running pods. */
export class HostPorts {
  readonly #deps: HostPortsDeps;
  #applied: readonly HostPort[] | undefined;
  #isApplying = false;
  #wanted: readonly HostPort[] = [];
  #isReady = false;

  constructor(deps: HostPortsDeps) {
    this.#deps = deps;
  }

  /** The table they are entries of is there. */
  ready(): void {
    this.#isReady = true;
    void this.#apply();
  }

  update(pods: readonly Pod[]): void {
    this.#wanted = pods.flatMap(hostPortsOf);
    if (this.#isReady) void this.#apply();
  }

  async #apply(): Promise<void> {
    if (this.#isApplying) return;
    this.#isApplying = true;
    while (!jsonEquals(this.#wanted, this.#applied)) {
      const wanted = this.#wanted;
      try {
        await this.#deps.set(wanted);
        this.#applied = wanted;
      } catch (err) {
        this.#deps.log.warn('host ports not set', { err });
        break; // the next change of any pod tries again
      }
    }
    this.#isApplying = false;
  }
}

function hostPortsOf({ spec, status }: Pod): readonly HostPort[] {
  const { podIP } = status;
  const isOver = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (spec.hostNetwork || podIP === undefined || isOver) return [];
  const all = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ ports = [] }) => ports);
  return all.flatMap(({ protocol = 'TCP', containerPort, hostPort, hostIP }) =>
    hostPort
      ? [{ protocol: protocol as HostPort['protocol'], hostPort, containerPort, podIp: podIP, ...(hostIP && { hostIp: hostIP }) }]
      : [],
  );
}
