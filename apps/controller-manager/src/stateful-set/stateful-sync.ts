import type { Outcome } from '@steersman/controller';
import { isReason, StatusError, toStatusError } from '@steersman/status';
import {
  controllerOf,
  type ControllerRevision,
  jsonEquals,
  type Pod,
  podKind,
  type StatefulSet,
  statefulSetKind,
  type StatefulSetStatus,
} from '@steersman/types';
import { claim } from '../claim.ts';
import { isNamespaceTerminating } from '../errors.ts';
import { type History, pruneHistory, syncHistory } from '../history/revision-history.ts';
import { claimable } from '../informers.ts';
import { availableInMs, nextAvailability } from '../pods.ts';
import { ordinalOf, podName, revisionOf, statefulPod } from './stateful-pod.ts';
import { selectorOf } from '../selecting.ts';
import type { StatefulSetDeps } from './stateful-set.controller.ts';
import { statefulSetStatus } from './stateful-set-status.ts';
import { firstOrdinal, partitionOf, statefulStep } from './stateful-step.ts';

interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
}

/** One turn for one StatefulSet. */
export class StatefulSync {
  readonly #deps: StatefulSetDeps;
  readonly #set: StatefulSet;
  readonly #signal: AbortSignal;

  constructor(deps: StatefulSetDeps, set: StatefulSet, signal: AbortSignal) {
    this.#deps = deps;
    this.#set = set;
    this.#signal = signal;
  }

  async run(): Promise<Outcome> {
    const set = this.#set;
    if (set.metadata.deletionTimestamp) return undefined;
    const history = await syncHistory({ kind: statefulSetKind, ...this.#deps }, { owner: set, signal: this.#signal });
    if (!history) return await this.#writeStatus({ ...set.status, collisionCount: (set.status.collisionCount ?? 0) + 1 });
    const pods = await this.#claimed();
    const revisions = revisionsOf(set, history);
    await this.#writeStatus(
      statefulSetStatus(set, {
        pods,
        currentRevision: revisions.current.metadata.name,
        updateRevision: revisions.update.metadata.name,
        isAvailable: this.#isAvailable,
      }),
    );
    await this.#step(pods, revisions);
    await this.#prune(history, pods);
    return nextAvailability(pods, set.spec.minReadySeconds ?? 0, this.#now());
  }

  async #claimed(): Promise<readonly Pod[]> {
    const { client, pods } = this.#deps;
    return await claim({
      owner: this.#set,
      ownerKind: statefulSetKind,
      owners: client.of(statefulSetKind),
      selector: selectorOf(this.#set),
      candidates: claimable(pods, this.#set).filter(pod => ordinalOf(this.#set, pod) !== undefined),
      dependents: client.of(podKind),
      signal: this.#signal,
    });
  }

  async #step(pods: readonly Pod[], revisions: Revisions): Promise<void> {
    const step = statefulStep(this.#set, { pods, updateRevision: revisions.update.metadata.name, isAvailable: this.#isAvailable });
    for (const pod of step.replace) this.#tellEnded(pod);
    for (const pod of [...step.replace, ...step.delete]) await this.#delete(pod);
    for (const ordinal of step.create) await this.#create(ordinal, revisions);
  }

  /** Below the partition, what is lost comes back as it was. */
  #revisionFor(ordinal: number, { current, update }: Revisions): ControllerRevision {
    const isHeld = this.#set.spec.updateStrategy?.type === 'RollingUpdate' && ordinal < firstOrdinal(this.#set) + partitionOf(this.#set);
    return isHeld ? current : update;
  }

  async #create(ordinal: number, revisions: Revisions): Promise<void> {
    const set = this.#set;
    const name = podName(set, ordinal);
    const [claimed] = set.spec.volumeClaimTemplates ?? [];
    try {
      if (claimed) {
        throw new StatusError(
          'NotFound',
          `spec.volumeClaimTemplates asks for the claim ${claimed.metadata.name}-${name}, and this server has no persistentvolumeclaims: use another volume`,
        );
      }
      const pod = statefulPod(set, { ordinal, revision: this.#revisionFor(ordinal, revisions) });
      await this.#deps.client.of(podKind).create(pod, { signal: this.#signal });
      this.#tell('Normal', 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
    } catch (err) {
      if (isReason(err, 'AlreadyExists') && (await this.#isOwn(name))) return; // the informer does not show it yet
      if (!isNamespaceTerminating(err))
        this.#tell(
          'Warning',
          'FailedCreate',
          `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${toStatusError(err).message}`,
        );
      throw err;
    }
  }

  async #isOwn(name: string): Promise<boolean> {
    try {
      const pod = await this.#deps.client.of(podKind).get({ namespace: this.#set.metadata.namespace, name }, { signal: this.#signal });
      return controllerOf(pod)?.uid === this.#set.metadata.uid;
    } catch (err) {
      if (isReason(err, 'NotFound')) return true; // gone again: the next look makes it
      throw err;
    }
  }

  async #delete({ metadata }: Pod): Promise<void> {
    const { name } = this.#set.metadata;
    try {
      await this.#deps.client.of(podKind).delete(metadata, { preconditions: { uid: metadata.uid }, signal: this.#signal });
      this.#tell('Normal', 'SuccessfulDelete', `delete Pod ${metadata.name} in StatefulSet ${name} successful`);
    } catch (err) {
      if (isReason(err, 'NotFound')) return;
      this.#tell(
        'Warning',
        'FailedDelete',
        `delete Pod ${metadata.name} in StatefulSet ${name} failed error: ${toStatusError(err).message}`,
      );
      throw err;
    }
  }

  #tellEnded({ metadata, status }: Pod): void {
    const failed = status.phase === 'Failed';
    const { namespace, name } = this.#set.metadata;
    this.#tell(
      failed ? 'Warning' : 'Normal',
      failed ? 'RecreatingFailedPod' : 'RecreatingTerminatedPod',
      `StatefulSet ${namespace}/${name} is recreating ${failed ? 'failed' : 'terminated'} Pod ${metadata.name}`,
    );
  }

  #tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#deps.recorder.record({ about: this.#set, type, reason, message });
  }

  async #prune({ old }: History, pods: readonly Pod[]): Promise<void> {
    const live = new Set([this.#set.status.currentRevision, ...pods.map(revisionOf)]);
    await pruneHistory(
      { kind: statefulSetKind, ...this.#deps },
      { owner: this.#set, signal: this.#signal },
      { old, isLive: ({ metadata }) => live.has(metadata.name) },
    );
  }

  async #writeStatus(status: StatefulSetStatus): Promise<undefined> {
    if (jsonEquals(status, this.#set.status)) return;
    try {
      await this.#deps.client.of(statefulSetKind).updateStatus({ ...this.#set, status }, { signal: this.#signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err; // deleted meanwhile
    }
  }

  readonly #isAvailable = (pod: Pod): boolean => availableInMs(pod, this.#set.spec.minReadySeconds ?? 0, this.#now()) === 0;

  #now(): Date {
    return this.#deps.clock.wall();
  }
}

/** A set that has never been rolled out is at its present revision. */
function revisionsOf({ status }: StatefulSet, { current: update, old }: History): Revisions {
  return { update, current: old.find(({ metadata }) => metadata.name === status.currentRevision) ?? update };
}
