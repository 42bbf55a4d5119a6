import type { Pod } from '@steersman/types';
import { newestOf, type ObservedPod } from './observed.ts';
import { isSidecar, wantsInitRestart, wantsRestart } from './restart-policy.ts';

/** Nothing of the pod will ever be started again: its work is done, or may not be tried once more. */
export function isFinished(pod: Pod, observed: ObservedPod): boolean {
  const { containers, initContainers = [] } = pod.spec;
  if (containers.every(container => isOver(pod, container, observed))) return true;
  if (pod.spec.restartPolicy !== 'Never') return false;
  const hasInitFailed = initContainers.some(container => {
    const last = newestOf(observed, container.name);
    return !isSidecar(container) && last?.state === 'exited' && last.exitCode !== 0 && !wantsInitRestart(pod);
  });
  return hasInitFailed || isBereft(observed);
}

function isOver(pod: Pod, container: Pod['spec']['containers'][number], observed: ObservedPod): boolean {
  const last = newestOf(observed, container.name);
  return last?.state === 'exited' && !wantsRestart(pod, container, last);
}

/** Its sandbox is gone after something had run in it, and nothing runs any more. */
const isBereft = ({ sandboxes, containers }: ObservedPod): boolean =>
  sandboxes.length > 0 &&
  !sandboxes.some(({ isReady }) => isReady) &&
  containers.some(({ state }) => state === 'exited') &&
  !containers.some(({ state }) => state === 'running');
