import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, Slots, systemClock } from '@steersman/async';
import { createInformer, type Informer } from '@steersman/client';
import type { EventNote } from '@steersman/controller';
import { silentLogger } from '@steersman/telemetry';
import { FakeClient } from '@steersman/testing';
import { configMapKind, type Pod, podKind, type PodSpec, serviceKind } from '@steersman/types';
import { ImagePuller } from '../src/images/image-puller.ts';
import { PodAgent } from '../src/pods/pod-agent.ts';
import type { PodContext } from '../src/pods/pod-context.ts';
import { PodFolders } from '../src/pods/pod-folders.ts';
import { RecentExits } from '../src/pods/recent-exits.ts';
import { FakeCri, type FakeCriOptions } from './fake-cri.ts';

const NODE = 'node1';

export interface KubeletProcess {
  readonly agent: PodAgent;
  /** What it has heard of its pods. */
  readonly pods: Informer<Pod>;
  readonly signal: AbortSignal;
  /** Ends it as kill -9 would: at this instruction, for whoever calls it from inside a call. */
  kill(): Promise<void>;
}

/** One node with its API, runtime and disk; kubelets come and go on it. */
export class NodeWorld {
  readonly client: FakeClient;
  readonly events: EventNote[] = [];
  readonly clock: Clock;
  readonly folder = mkdtempSync(join(tmpdir(), 'kubelet-'));
  cri: FakeCri;
  readonly #stops: (() => Promise<void>)[] = [];

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.clock = clock;
    this.client = new FakeClient({ now: () => clock.wall() });
    this.cri = new FakeCri({ now: () => clock.wall().getTime() });
  }

  async createPod(spec: Partial<PodSpec> = {}, name = 'web'): Promise<Pod> {
    const made = await this.client.of(podKind).create({
      metadata: { namespace: 'default', name },
      spec: { nodeName: NODE, containers: [{ name: 'web', image: 'box:1' }], ...spec },
    });
    return made;
  }

  async createConfigMap(name: string, data: Record<string, string>): Promise<void> {
    await this.client.of(configMapKind).create({ metadata: { namespace: 'default', name }, data });
  }

  pod(name = 'web'): Pod | undefined {
    return this.client.all(podKind)[`default/${name}`];
  }

  /** `onCall` sees each change of the runtime before and after it is done. */
  startKubelet(options: FakeCriOptions = {}): KubeletProcess {
    const stop = new AbortController();
    this.cri = this.cri.reopened({ now: () => this.clock.wall().getTime(), ...options });
    const informed = { signal: stop.signal, clock: this.clock };
    const pods = createInformer(this.client.of(podKind), { ...informed, fieldSelector: `spec.nodeName=${NODE}` });
    const context = this.#context(pods, createInformer(this.client.of(serviceKind), informed));
    const { cri } = this;
    const agent = new PodAgent({ context, informer: pods, exits: signal => cri.exits(signal), signal: stop.signal });
    const running = agent.run().catch((err: unknown) => {
      if (!stop.signal.aborted) throw err;
    });
    const kill = async (): Promise<void> => {
      stop.abort();
      await running;
    };
    this.#stops.push(kill);
    return { agent, pods, kill, signal: stop.signal };
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #context(pods: PodContext['pods'], services: PodContext['services']): PodContext {
    const { client, cri, clock, folder } = this;
    return {
      client,
      pods,
      services,
      cri,
      runtimeName: () => 'fake',
      exits: new RecentExits(),
      puller: new ImagePuller({ cri, clock }),
      folders: new PodFolders(folder, silentLogger),
      mounter: { tmpfs: async () => {}, unmount: async () => {}, below: () => [] },
      recorder: { record: note => void this.events.push(note), flushed: async () => {} },
      starts: new Slots(4),
      sandbox: { podLogDir: join(folder, 'logs'), cgroupRoot: '/test', clusterDns: [], clusterDomain: 'cluster.local' },
      nodeIps: ['192.0.2.1'],
      allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
      node: () => undefined,
      memoryCapacityBytes: 4 * 1024 ** 3,
      reported: () => {},
      removeCgroup: () => {},
      clock,
      log: silentLogger,
    };
  }
}
