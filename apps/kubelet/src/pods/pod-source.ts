import { join } from 'node:path';
import { newestOf, type ObservedContainer } from '@steersman/pods';
import { StatusError } from '@steersman/status';
import type { Pod } from '@steersman/types';
import { containerLogPath } from '../runtime/container-config.ts';
import { podLogFolder } from '../runtime/sandbox-config.ts';
import type { ContainerQuery, FoundContainer, PodQuery, PodSource } from '../server/server-deps.ts';
import type { PodAgent } from './pod-agent.ts';
import type { PodWorker } from './pod-worker.ts';

/** What the HTTPS server may know of the pods of this node. */
export function podSource(agent: PodAgent, podLogDir: string): PodSource {
  const workerOf = ({ namespace, pod, uid }: PodQuery): PodWorker => {
    const found = agent.find(namespace, pod, uid);
    if (!found) throw new StatusError('NotFound', `pod "${pod}" not found`);
    return found;
  };
  return {
    pods: () => agent.pods(),
    async findContainer(query) {
      const worker = workerOf(query);
      const found = attemptOf(worker, query);
      return describe(worker, found, podLogDir);
    },
    async findSandbox(query) {
      const [sandbox] = workerOf(query).observed.sandboxes;
      if (!sandbox?.isReady) throw new StatusError('BadRequest', `pod "${query.pod}" has no sandbox that is ready`);
      return sandbox.id;
    },
  };
}

function attemptOf({ pod, observed }: PodWorker, { container, previous = false, pod: name }: ContainerQuery): ObservedContainer {
  if (!specOf(pod, container)) throw new StatusError('BadRequest', `container "${container}" in pod "${name}" is not available`);
  const attempts = observed.containers.filter(found => found.name === container && found.state !== 'created');
  const { waiting } = statusOf(pod, container)?.state ?? {};
  if (previous) {
    // A container that waits to be started again has its last run as the previous one.
    const before = newestOf(observed, container)?.state === 'exited' && waiting ? attempts[0] : attempts[1];
    if (before) return before;
    throw new StatusError('BadRequest', `previous terminated container "${container}" in pod "${name}" not found`);
  }
  const [newest] = attempts;
  if (newest) return newest;
  throw new StatusError(
    'BadRequest',
    `container "${container}" in pod "${name}" is waiting to start: ${waiting?.reason ?? 'ContainerCreating'}`,
  );
}

function describe(worker: PodWorker, { id, name, attempt, sandboxId, state }: ObservedContainer, podLogDir: string): FoundContainer {
  const { tty = false, stdin = false } = specOf(worker.pod, name) ?? {};
  const running = state === 'running';
  return {
    containerId: id,
    podSandboxId: sandboxId,
    logPath: join(podLogFolder(worker.pod, podLogDir), containerLogPath(name, attempt)),
    running,
    tty,
    stdin,
    ended: running ? worker.ended(id) : Promise.resolve(),
  };
}

const specOf = ({ spec: { containers, initContainers = [], ephemeralContainers = [] } }: Pod, name: string) =>
  [...containers, ...initContainers, ...ephemeralContainers].find(container => container.name === name);

const statusOf = ({ status }: Pod, name: string) =>
  [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? []), ...(status.ephemeralContainerStatuses ?? [])].find(
    found => found.name === name,
  );
