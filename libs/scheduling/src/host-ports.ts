import type { Pod } from '@steersman/types';

export interface HostPort {
  readonly protocol: string;
  readonly port: number;
  /** '0.0.0.0' is every address of the node. */
  readonly ip: string;
}

const ANY = '0.0.0.0';

/** Ports the pod takes on its node for as long as it runs. */
export function hostPorts({ spec }: Pod): readonly HostPort[] {
  const running = [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')];
  return running
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostPort, hostIP, protocol }) => (hostPort ? [{ protocol: protocol ?? 'TCP', port: hostPort, ip: hostIP || ANY }] : []));
}

export const conflict = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY || b.ip === ANY);
