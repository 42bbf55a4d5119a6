import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import type { Controller, Turn, Watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type Node, nodeKind, type Pod, podKind } from '@steersman/types';
import { withDisruption } from '../disruption.ts';
import type { Informers } from '../informers.ts';
import { hasEnded } from '../pods.ts';

const PERIOD_MS = 20_000;
/** A node that is not there may be about to register. */
const QUARANTINE_MS = 40_000;
/** Ended pods kept for their logs and for kubectl; the oldest beyond go. */
const MAX_ENDED = 12_500;

export interface PodGcDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
  readonly maxEnded?: number;
}

/** Removes pods nobody else will: those of nodes that are gone, those deleted before they had a node, and too many that have ended. */
export function podGcController({ client, informer, clock, maxEnded = MAX_ENDED }: PodGcDeps): Controller {
  const [pods, nodes] = [informer(podKind), informer(nodeKind)];
  const collector = new PodCollector({ client, clock, nodes });
  return {
    name: 'pod-gc',
    watches: [atStart(pods), atStart(nodes)],
    async reconcile(_key, turn) {
      const all = pods.list();
      for (const pod of oldestBeyond(all.filter(hasEnded), maxEnded)) await collector.remove(pod, turn);
      for (const pod of all.filter(({ metadata, spec }) => metadata.deletionTimestamp && !spec.nodeName)) await collector.remove(pod, turn);
      await collector.collectLost(all, turn);
      return { againInMs: PERIOD_MS };
    },
  };
}

/** One look once everything is there, then by time only. */
const atStart = (informer: { synced(signal: AbortSignal): Promise<void> }): Watch => ({
  synced: signal => informer.synced(signal),
  start: enqueue => {
    enqueue('all', undefined);
    return { [Symbol.dispose]() {} };
  },
});

const oldestBeyond = (pods: readonly Pod[], max: number): readonly Pod[] =>
  [...pods]
    .sort((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp))
    .slice(0, Math.max(0, pods.length - max));

class PodCollector {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #nodes: Informer<Node>;
  /** Since when nodes that pods name have been missing. */
  readonly #missing = new Map<string, number>();

  constructor({ client, clock, nodes }: { readonly client: Client; readonly clock: Clock; readonly nodes: Informer<Node> }) {
    this.#client = client;
    this.#clock = clock;
    this.#nodes = nodes;
  }

  async collectLost(pods: readonly Pod[], turn: Turn): Promise<void> {
    const now = this.#clock.now();
    const missing = new Set(pods.flatMap(({ spec }) => (spec.nodeName && !this.#nodes.get(spec.nodeName) ? [spec.nodeName] : [])));
    for (const name of this.#missing.keys()) if (!missing.has(name)) this.#missing.delete(name);
    for (const name of missing) {
      const since = this.#missing.get(name) ?? now;
      this.#missing.set(name, since);
      if (now - since < QUARANTINE_MS || (await this.#exists(name, turn.signal))) continue;
      for (const pod of pods.filter(({ spec }) => spec.nodeName === name)) await this.#removeLost(pod, turn);
    }
  }

  async remove(pod: Pod, { signal, log }: Turn): Promise<void> {
    try {
      await this.#client.of(podKind).delete(pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid }, signal });
      log.info('pod removed', { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, node: pod.spec.nodeName, phase: pod.status.phase });
    } catch (err) {
      if (!isReason(err, 'NotFound', 'Conflict')) throw err; // gone, or another of that name
    }
  }

  /** Marked as failed first, so that whoever watches sees how it ended. */
  async #removeLost(pod: Pod, turn: Turn): Promise<void> {
    if (!hasEnded(pod)) {
      const status = withDisruption(pod, { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists', now: this.#clock.wall() });
      try {
        await this.#client.of(podKind).updateStatus({ ...pod, status: { ...status, phase: 'Failed' } }, { signal: turn.signal });
      } catch (err) {
        if (isReason(err, 'NotFound')) return;
        throw err;
      }
    }
    await this.remove(pod, turn);
  }

  async #exists(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client.of(nodeKind).get({ name }, { signal });
      return true;
    } catch (err) {
      if (isReason(err, 'NotFound')) return false;
      throw err;
    }
  }
}
