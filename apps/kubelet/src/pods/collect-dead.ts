import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cri } from '@steersman/cri';
import type { ObservedContainer, ObservedPod } from '@steersman/pods';
import type { Pod } from '@steersman/types';
import { containerLogPath } from '../runtime/container-config.ts';
import { podLogFolder } from '../runtime/sandbox-config.ts';
import type { Tasks } from './tasks.ts';

const KEY = ' collect';

export interface CollectDeps {
  readonly cri: Pick<Cri, 'removeContainer' | 'removePodSandbox'>;
  readonly pod: Pod;
  readonly podLogDir: string;
  readonly tasks: Tasks;
}

/** Removes what has ended, but for the newest dead attempt of each container (`logs --previous`), and sandboxes nothing is left in. */
export function collectDead(observed: ObservedPod, { cri, pod, podLogDir, tasks }: CollectDeps): void {
  const containers = deadContainers(observed);
  const sandboxes = emptySandboxes(observed);
  if (containers.length + sandboxes.length === 0) return;
  tasks.start(KEY, async () => {
    for (const { id, name, attempt } of containers) {
      await cri.removeContainer(id);
      await rm(join(podLogFolder(pod, podLogDir), containerLogPath(name, attempt)), { force: true });
    }
    for (const id of sandboxes) await cri.removePodSandbox(id);
  });
}

function deadContainers({ containers }: ObservedPod): readonly ObservedContainer[] {
  const kept = new Set<string>();
  return containers.filter(({ name, state }, at) => {
    if (state !== 'exited') return false;
    const isNewest = containers.findIndex(other => other.name === name) === at;
    if (isNewest || !kept.has(name)) {
      if (!isNewest) kept.add(name);
      return false;
    }
    return true;
  });
}

/** The newest sandbox is the pod's own, whatever its state. */
const emptySandboxes = ({ sandboxes, containers }: ObservedPod): readonly string[] =>
  sandboxes
    .slice(1)
    .filter(({ id, isReady }) => !isReady && !containers.some(({ sandboxId }) => sandboxId === id))
    .map(({ id }) => id);
