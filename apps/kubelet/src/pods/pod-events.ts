import type { EventRecorder } from '@steersman/controller';
import type { Container, Pod } from '@steersman/types';

export interface PodEvents {
  /** About the pod, or one of its containers. */
  normal(reason: string, message: string, container?: Container): void;
  warning(reason: string, message: string, container?: Container): void;
}

/** `current` is asked at every event: it names the version of the pod that was acted on. */
export function podEvents(recorder: EventRecorder, current: () => Pod): PodEvents {
  const record = (type: 'Normal' | 'Warning') => (reason: string, message: string, container?: Container) => {
    const pod = current();
    recorder.record({
      about: { ...pod, apiVersion: 'v1', kind: 'Pod' },
      type,
      reason,
      message,
      ...(container && { fieldPath: fieldPath(pod, container) }),
    });
  };
  return { normal: record('Normal'), warning: record('Warning') };
}

function fieldPath({ spec }: Pod, { name }: Container): string {
  const isIn = (containers: readonly { readonly name: string }[] = []): boolean => containers.some(other => other.name === name);
  if (isIn(spec.initContainers)) return `spec.initContainers{${name}}`;
  return isIn(spec.ephemeralContainers) ? `spec.ephemeralContainers{${name}}` : `spec.containers{${name}}`;
}
