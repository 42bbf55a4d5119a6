import type { ContainerStatus, Pod } from '@steersman/types';
import { isInitialized } from './container-statuses.ts';
import { isSidecar } from './restart-policy.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

interface Statuses {
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
}

/** Upstream's rules (kubelet's getPhase): a pod is Running from its first started container on, and ends when nothing is started again. */
export function podPhase(
  { spec }: Pod,
  { init, main }: Statuses,
  { isFinished = false }: { readonly isFinished?: boolean } = {},
): PodPhase {
  const { initContainers = [], restartPolicy = 'Always' } = spec;
  const hasInitFailed = init.some(
    ({ state }, at) => restartPolicy === 'Never' && !isSidecarAt(initContainers, at) && (state?.terminated?.exitCode ?? 0) !== 0,
  );
  if (hasInitFailed) return 'Failed';
  const hasBegun = main.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  if (!hasBegun && init.some((status, at) => !isInitialized(status, initContainers[at]))) return isFinished ? 'Failed' : 'Pending';
  if (main.every(({ state }) => state?.terminated) && (restartPolicy !== 'Always' || isFinished)) {
    if (main.every(({ state }) => state?.terminated?.exitCode === 0)) return 'Succeeded';
    return restartPolicy === 'Never' || isFinished ? 'Failed' : 'Running';
  }
  if (isFinished) return 'Failed';
  return hasBegun ? 'Running' : 'Pending';
}

const isSidecarAt = (containers: NonNullable<Pod['spec']['initContainers']>, at: number): boolean => {
  const container = containers[at];
  return container !== undefined && isSidecar(container);
};
