import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ContainerConfig, Image, Mount } from '@steersman/cri';
import { containerLimits, expand, oomScoreAdjust } from '@steersman/pods';
import type { Container, Pod } from '@steersman/types';
import { CONTAINER_HASH, CONTAINER_NAME, POD_NAME, POD_NAMESPACE, POD_UID, RESTART_COUNT } from './labels.ts';
import { securityContext } from './security-context.ts';

export interface ContainerFacts {
  readonly attempt: number;
  readonly image: Image;
  readonly variables: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  readonly memoryCapacityBytes: number;
}

export function containerConfig(pod: Pod, container: Container, facts: ContainerFacts): ContainerConfig {
  const { attempt, image, variables, mounts, memoryCapacityBytes } = facts;
  const { name, uid, namespace = '' } = pod.metadata;
  const { cpuShares, cpuQuotaUs = 0, cpuPeriodUs, memoryBytes } = containerLimits(container);
  const expanded = (words: readonly string[] = []): readonly string[] => words.map(word => expand(word, variables));
  return {
    metadata: { name: container.name, attempt },
    image: { image: image.id, userSpecifiedImage: container.image ?? '' },
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs: [...variables].map(([key, value]) => ({ key, value })),
    mounts,
    labels: { [CONTAINER_NAME]: container.name, [POD_NAME]: name, [POD_NAMESPACE]: namespace, [POD_UID]: uid },
    annotations: { [RESTART_COUNT]: String(attempt), [CONTAINER_HASH]: hashContainer(container) },
    logPath: containerLogPath(container.name, attempt),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: {
      resources: {
        cpuShares,
        cpuQuota: cpuQuotaUs,
        cpuPeriod: cpuPeriodUs,
        memoryLimitInBytes: memoryBytes,
        oomScoreAdj: oomScoreAdjust(pod, container, memoryCapacityBytes),
      },
      securityContext: securityContext(pod, container, image),
    },
  };
}

/** Below the pod's log folder. */
export const containerLogPath = (name: string, attempt: number): string => join(name, `${attempt}.log`);

/** Of what a running container cannot take over: a change of it means another container. */
export const hashContainer = ({ name, image }: Container): string =>
  createHash('sha256').update(JSON.stringify({ name, image })).digest('hex').slice(0, 16);
