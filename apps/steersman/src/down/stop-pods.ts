import { connectCri } from '@steersman/cri';
import { silentLogger } from '@steersman/telemetry';
import type { Layout } from '../cluster/layout.ts';

/** What containers get to end by themselves. */
const GRACE_SECONDS = 10;

/** Stops every container, then every sandbox with its network, through the runtime; returns how many pods there were. */
export async function stopPods(layout: Layout, signal: AbortSignal): Promise<number> {
  using cri = connectCri({ endpoint: `unix://${layout.containerdSocket}`, log: silentLogger });
  const containers = await cri.listContainers({ state: 'CONTAINER_RUNNING' }, { signal });
  await Promise.all(containers.map(({ id }) => cri.stopContainer(id, GRACE_SECONDS, { signal })));
  const sandboxes = await cri.listPodSandboxes({}, { signal });
  await Promise.all(sandboxes.map(({ id }) => cri.stopPodSandbox(id, { signal })));
  return sandboxes.filter(({ state }) => state === 'SANDBOX_READY').length;
}
