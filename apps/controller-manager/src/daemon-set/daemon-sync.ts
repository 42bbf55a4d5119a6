import type { Expectations, Outcome } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type DaemonSet, daemonSetKind, type DaemonSetStatus, jsonEquals, keyOf, type New, type Pod, podKind } from '@steersman/types';
import { scaled } from '../amounts.ts';
import { claim } from '../claim.ts';
import { type History, pruneHistory, REVISION_LABEL, syncHistory } from '../history/revision-history.ts';
import { claimable } from '../informers.ts';
import type { PodControl } from '../pod-control/pod-control.ts';
import { availableInMs, nextAvailability } from '../pods.ts';
import { type NodeVerdict, nodeJudge } from './daemon-nodes.ts';
import { daemonPod, nodeOf } from './daemon-pod.ts';
import { selectorOf } from '../selecting.ts';
import type { DaemonSetDeps } from './daemon-set.controller.ts';
import { daemonSetStatus } from './daemon-set-status.ts';
import { type DaemonNode, type DaemonStep, placementStep, rollingStep, type StepOptions } from './daemon-step.ts';
import type { EndedPods } from './ended-pods.ts';

/** Pods created or deleted in one turn. */
const BURST = 250;

const NOWHERE: NodeVerdict = { shouldRun: false, mayStay: false };

interface Parts extends DaemonSetDeps {
  readonly expectations: Expectations;
  readonly control: PodControl;
  readonly ended: EndedPods;
}

/** One turn for one DaemonSet. */
export class DaemonSync {
  readonly #parts: Parts;
  readonly #set: DaemonSet;
  readonly #signal: AbortSignal;

  constructor(parts: Parts, set: DaemonSet, signal: AbortSignal) {
    this.#parts = parts;
    this.#set = set;
    this.#signal = signal;
  }

  async run(): Promise<Outcome> {
    const set = this.#set;
    if (set.metadata.deletionTimestamp) return undefined;
    const history = await syncHistory({ kind: daemonSetKind, ...this.#parts }, { owner: set, signal: this.#signal });
    if (!history) return await this.#writeStatus({ ...set.status, collisionCount: (set.status.collisionCount ?? 0) + 1 });
    const pods = await this.#claimed();
    const nodes = this.#nodes(pods);
    const hash = history.current.metadata.labels?.[REVISION_LABEL] ?? '';
    const waitMs = await this.#step(nodes, hash);
    await this.#prune(history, pods);
    await this.#writeStatus(daemonSetStatus(set, { nodes, hash, isAvailable: this.#isAvailable }));
    const next = nextAvailability(pods, set.spec.minReadySeconds ?? 0, this.#now());
    const waits = [waitMs, next?.againInMs].filter(ms => ms !== undefined);
    return waits.length === 0 ? undefined : { againInMs: Math.min(...waits) };
  }

  async #claimed(): Promise<readonly Pod[]> {
    const { client, pods } = this.#parts;
    return await claim({
      owner: this.#set,
      ownerKind: daemonSetKind,
      owners: client.of(daemonSetKind),
      selector: selectorOf(this.#set),
      candidates: claimable(pods, this.#set),
      dependents: client.of(podKind),
      signal: this.#signal,
    });
  }

  /** Every node, and the places of pods whose node is gone. */
  #nodes(pods: readonly Pod[]): readonly DaemonNode[] {
    const judge = nodeJudge(this.#set);
    const byNode = Map.groupBy(pods, pod => nodeOf(pod) ?? '');
    const known = this.#parts.nodes.list();
    const names = new Set(known.map(({ metadata }) => metadata.name));
    return [
      ...known.map(node => ({ name: node.metadata.name, pods: byNode.get(node.metadata.name) ?? [], ...judge(node) })),
      // Those that are running there are the pod collector's: their node may come back.
      ...[...byNode].flatMap(([name, lost]) =>
        names.has(name) ? [] : [{ name, pods: lost.filter(({ spec }) => !spec.nodeName), ...NOWHERE }],
      ),
    ];
  }

  /** How long pods that have ended have to wait for their successor. */
  async #step(nodes: readonly DaemonNode[], hash: string): Promise<number | undefined> {
    const { expectations } = this.#parts;
    const key = keyOf(this.#set);
    if (!expectations.satisfied(key)) return undefined;
    const options = this.#options(nodes, hash);
    const waitMs = await this.#carryOut(placementStep(nodes, options), hash);
    if (this.#set.spec.updateStrategy?.type === 'RollingUpdate' && expectations.satisfied(key))
      await this.#carryOut(rollingStep(nodes, options), hash);
    return waitMs;
  }

  #options(nodes: readonly DaemonNode[], hash: string): StepOptions {
    const { type, rollingUpdate = {} } = this.#set.spec.updateStrategy ?? {};
    const total = nodes.filter(({ shouldRun }) => shouldRun).length;
    const rolls = type === 'RollingUpdate';
    return {
      hash,
      maxSurge: rolls ? scaled(rollingUpdate.maxSurge ?? 0, total, Math.ceil) : 0,
      maxUnavailable: scaled(rollingUpdate.maxUnavailable ?? 1, total, Math.ceil),
      isAvailable: this.#isAvailable,
    };
  }

  async #carryOut(step: DaemonStep, hash: string): Promise<number | undefined> {
    const { control } = this.#parts;
    const waits = step.ended.map(pod => ({ pod, waitMs: this.#parts.ended.replaceInMs(`${keyOf(this.#set)} ${nodeOf(pod)}`) }));
    const due = waits.flatMap(({ pod, waitMs }) => (waitMs === 0 ? [pod] : []));
    for (const pod of due) this.#tellEnded(pod);
    const create: readonly New<Pod>[] = step.create.slice(0, BURST).map(nodeName => daemonPod(this.#set, { nodeName, hash }));
    const errors = [
      await control.delete(this.#set, [...step.delete, ...due].slice(0, BURST), this.#signal),
      await control.create(this.#set, create, this.#signal),
    ];
    const failed = errors.find(error => error !== undefined);
    if (failed) throw failed;
    const open = waits.flatMap(({ waitMs }) => (waitMs > 0 ? [waitMs] : []));
    return open.length === 0 ? undefined : Math.min(...open);
  }

  #tellEnded(pod: Pod): void {
    const failed = pod.status.phase === 'Failed';
    const { namespace, name } = pod.metadata;
    this.#parts.recorder.record({
      about: this.#set,
      type: failed ? 'Warning' : 'Normal',
      reason: failed ? 'FailedDaemonPod' : 'SucceededDaemonPod',
      message: `Found ${failed ? 'failed' : 'succeeded'} daemon pod ${namespace}/${name} on node ${nodeOf(pod)}, will try to ${failed ? 'kill' : 'delete'} it`,
    });
  }

  async #prune({ old }: History, pods: readonly Pod[]): Promise<void> {
    const live = new Set(pods.map(({ metadata }) => metadata.labels?.[REVISION_LABEL]));
    await pruneHistory(
      { kind: daemonSetKind, ...this.#parts },
      { owner: this.#set, signal: this.#signal },
      { old, isLive: ({ metadata }) => live.has(metadata.labels?.[REVISION_LABEL]) },
    );
  }

  async #writeStatus(status: DaemonSetStatus): Promise<undefined> {
    if (jsonEquals(status, this.#set.status)) return;
    try {
      await this.#parts.client.of(daemonSetKind).updateStatus({ ...this.#set, status }, { signal: this.#signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err; // deleted meanwhile
    }
  }

  readonly #isAvailable = (pod: Pod): boolean => availableInMs(pod, this.#set.spec.minReadySeconds ?? 0, this.#now()) === 0;

  #now(): Date {
    return this.#parts.clock.wall();
  }
}
