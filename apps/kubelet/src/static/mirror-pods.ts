import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { isReason } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import { keyOf, nodeKind, type Pod, podKind } from '@steersman/types';
import { Wakeup } from '../pods/wakeup.ts';
import { messageOf } from '../start-error.ts';
import { CONFIG_HASH, CONFIG_MIRROR, isMirror } from './static-pod.ts';

const RETRY_MS = 5_000;

export interface MirrorPodsDeps {
  readonly client: Client;
  readonly pods: Informer<Pod>;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps one object in the API for each static pod, so that users see it; deleting that object brings it back. */
export class MirrorPods {
  readonly #deps: MirrorPodsDeps;
  readonly #wakeup: Wakeup;
  #static: readonly Pod[] = [];

  constructor(deps: MirrorPodsDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  set(pods: readonly Pod[]): void {
    this.#static = pods;
    this.#wakeup.call();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { pods, log } = this.#deps;
    using _ = pods.subscribe(({ prev, next }) => {
      if ([prev, next].some(pod => pod && isMirror(pod))) this.#wakeup.call();
    });
    await pods.synced(signal);
    while (!signal.aborted) {
      let failed = false;
      try {
        await this.#sync(signal);
      } catch (err) {
        failed = true;
        if (!signal.aborted) log.warn('mirror pods not brought up to date', { message: messageOf(err) });
      }
      await this.#wakeup.sleep(failed ? RETRY_MS : undefined, signal);
    }
  }

  async #sync(signal: AbortSignal): Promise<void> {
    const { pods } = this.#deps;
    const wanted = new Map(this.#static.map(pod => [keyOf(pod), pod]));
    for (const mirror of pods.list().filter(isMirror)) {
      const of = wanted.get(keyOf(mirror));
      const isCurrent = of?.metadata.uid === mirror.metadata.annotations?.[CONFIG_MIRROR] && !mirror.metadata.deletionTimestamp;
      if (!isCurrent) await this.#delete(mirror, signal);
    }
    for (const [key, pod] of wanted) if (!pods.get(key)) await this.#create(pod, signal);
  }

  async #create(pod: Pod, signal: AbortSignal): Promise<void> {
    const { client, nodeName, log } = this.#deps;
    const { uid, resourceVersion: _, creationTimestamp: __, ...metadata } = pod.metadata;
    const node = await client.of(nodeKind).get({ name: nodeName }, { signal });
    const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid, controller: true };
    const annotations = { ...metadata.annotations, [CONFIG_MIRROR]: pod.metadata.annotations?.[CONFIG_HASH] ?? uid };
    try {
      await client.of(podKind).create({ metadata: { ...metadata, annotations, ownerReferences: [owner] }, spec: pod.spec }, { signal });
      log.info('mirror pod created', { pod: keyOf(pod) });
    } catch (err) {
      if (!isReason(err, 'AlreadyExists')) throw err;
    }
  }

  async #delete({ metadata: { namespace = '', name, uid } }: Pod, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.client.of(podKind).delete({ namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid }, signal });
    } catch (err) {
      if (!isReason(err, 'NotFound', 'Conflict')) throw err;
    }
  }
}
