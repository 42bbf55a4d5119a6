import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { connectCri, type PodSandboxConfig } from '@steersman/cri';
import { silentLogger } from '@steersman/telemetry';
import { type Cluster, IMAGE } from './cluster.ts';

interface RawPod {
  readonly sandboxId: string;
  readonly containerId: string;
}

/** Pods made by the bare calls to the runtime that a kubelet cannot do without: same runtime, image and network, nothing around them. */
export class RawPods implements AsyncDisposable {
  readonly #cri;
  readonly #cluster: Cluster;
  readonly #pods: RawPod[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#cri = connectCri({ endpoint: cluster.criEndpoint, log: silentLogger });
  }

  /** Resolves with the milliseconds until the container runs. */
  async start(): Promise<number> {
    const began = performance.now();
    const config = this.#config();
    const sandboxId = await this.#cri.runPodSandbox(config, '');
    const container = { metadata: { name: 'c', attempt: 0 }, image: { image: IMAGE }, logPath: 'c.log' };
    const containerId = await this.#cri.createContainer(sandboxId, container, config);
    await this.#cri.startContainer(containerId);
    this.#pods.push({ sandboxId, containerId });
    return performance.now() - began;
  }

  async clear(): Promise<void> {
    for (const { sandboxId, containerId } of this.#pods.splice(0)) {
      await this.#cri.stopContainer(containerId, 0);
      await this.#cri.removeContainer(containerId);
      await this.#cri.stopPodSandbox(sandboxId);
      await this.#cri.removePodSandbox(sandboxId);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear();
    this.#cri[Symbol.dispose]();
  }

  #config(): PodSandboxConfig {
    const uid = randomUUID();
    return {
      metadata: { name: `raw-${uid}`, uid, namespace: 'bench', attempt: 0 },
      hostname: 'raw',
      logDirectory: join(this.#cluster.dataDir, 'pods-logs', uid),
      linux: { cgroupParent: `${this.#cluster.cgroup}/bench/pod${uid}`, securityContext: { namespaceOptions: { pid: 'CONTAINER' } } },
    };
  }
}
