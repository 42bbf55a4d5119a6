import type { Container, Pod } from '@steersman/types';
import type { ObservedContainer } from './observed.ts';

export const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always';

/** Whether a container that has exited is started once more. */
export function wantsRestart(pod: Pod, { restartPolicy }: Container, { exitCode = 0 }: Pick<ObservedContainer, 'exitCode'>): boolean {
  const policy = restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** An init container is repeated when it fails, unless the pod is never restarted. */
export const wantsInitRestart = (pod: Pod): boolean => pod.spec.restartPolicy !== 'Never';
