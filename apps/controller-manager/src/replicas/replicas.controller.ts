import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, Expectations, type Outcome, type Turn, watch } from '@steersman/controller';
import type { LabelSelector } from '@steersman/labels';
import { isReason, toStatusError } from '@steersman/status';
import { controllerOf, groupVersion, jsonEquals, type Key, keyOf, type Kind, type Pod, podKind } from '@steersman/types';
import { claim } from '../claim.ts';
import { BY_OWNER, claimable } from '../informers.ts';
import { PodControl } from '../pod-control/pod-control.ts';
import { podFromTemplate } from '../pod-control/pod-from-template.ts';
import { isActive, isTerminating, nextAvailability } from '../pods.ts';
import { watchExpected } from '../watch-expected.ts';
import { podsToDelete } from './pod-ranking.ts';
import { type ReplicaOwner, replicaStatus, type StatusFacts } from './replica-status.ts';

/** Pods created or deleted in one turn. */
const BURST = 500;

export interface ReplicasDeps {
  readonly client: Client;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** What is different from kind to kind among those that keep a number of equal pods. */
export interface ReplicaFlavour<T extends ReplicaOwner> {
  readonly kind: Kind<T>;
  readonly owners: Informer<T>;
  readonly selectorOf: (owner: T) => LabelSelector;
  /** Whether the status has a place for pods on their way out. */
  readonly showsTerminating: boolean;
}

/** Keeps as many pods of each owner as it asks for. */
export function replicasController<T extends ReplicaOwner>(deps: ReplicasDeps, flavour: ReplicaFlavour<T>): Controller {
  const expectations = new Expectations(deps.clock);
  const loop = new ReplicasLoop(deps, flavour, expectations);
  return {
    name: flavour.kind.kind.toLowerCase(),
    workers: 5,
    watches: [watch(flavour.owners, owner => [keyOf(owner)]), watchExpected(deps.pods, expectations, pod => ownerKeys(flavour, pod))],
    reconcile: (key, turn) => loop.reconcile(key, turn),
  };
}

/** The owner of a pod, or those that may adopt it. */
function ownerKeys<T extends ReplicaOwner>({ kind, owners, selectorOf }: ReplicaFlavour<T>, pod: Pod): readonly Key[] {
  const { namespace, labels = {} } = pod.metadata;
  const controller = controllerOf(pod);
  if (controller)
    return controller.kind === kind.kind && controller.apiVersion === groupVersion(kind) ? [`${namespace}/${controller.name}`] : [];
  return owners.list(namespace).flatMap(owner => (selectorOf(owner).matches(labels) ? [keyOf(owner)] : []));
}

class ReplicasLoop<T extends ReplicaOwner> {
  readonly #deps: ReplicasDeps;
  readonly #flavour: ReplicaFlavour<T>;
  readonly #expectations: Expectations;
  readonly #control: PodControl;

  constructor(deps: ReplicasDeps, flavour: ReplicaFlavour<T>, expectations: Expectations) {
    this.#deps = deps;
    this.#flavour = flavour;
    this.#expectations = expectations;
    this.#control = new PodControl({ ...deps, expectations });
  }

  async reconcile(key: Key, { signal }: Turn): Promise<Outcome> {
    const { pods, client, clock } = this.#deps;
    const { kind, owners, selectorOf, showsTerminating } = this.#flavour;
    const owner = owners.get(key);
    if (!owner) {
      this.#expectations.forget(key);
      return undefined;
    }
    const upToDate = this.#expectations.satisfied(key);
    const candidates = claimable(pods, owner);
    const claimed = await claim({
      owner,
      ownerKind: kind,
      owners: client.of(kind),
      selector: selectorOf(owner),
      candidates: candidates.filter(isActive),
      dependents: client.of(podKind),
      signal,
    });
    const terminating = candidates.filter(pod => isTerminating(pod) && controllerOf(pod)?.uid === owner.metadata.uid).length;
    const failure = upToDate && !owner.metadata.deletionTimestamp ? await this.#scale(owner, claimed, signal) : undefined;
    const shown = failure ?? (upToDate ? undefined : openFailure(owner));
    await this.#writeStatus(owner, { pods: claimed, ...(showsTerminating && { terminating }), failure: shown, now: clock.wall() }, signal);
    if (failure) throw failure.error;
    return nextAvailability(claimed, owner.spec.minReadySeconds ?? 0, clock.wall());
  }

  /** One step towards the wanted number; what went wrong with it, if anything. */
  async #scale(
    owner: T,
    pods: readonly Pod[],
    signal: AbortSignal,
  ): Promise<(StatusFacts['failure'] & { readonly error: unknown }) | undefined> {
    const { kind } = this.#flavour;
    const missing = (owner.spec.replicas ?? 1) - pods.length;
    if (missing === 0) return undefined;
    const count = Math.min(Math.abs(missing), BURST);
    const error =
      missing > 0
        ? await this.#control.create(
            owner,
            Array.from({ length: count }, () => podFromTemplate({ kind, owner, template: owner.spec.template })),
            signal,
          )
        : await this.#control.delete(
            owner,
            podsToDelete(pods, count, { related: this.#related(owner), now: this.#deps.clock.wall() }),
            signal,
          );
    return error === undefined
      ? undefined
      : { reason: missing > 0 ? 'FailedCreate' : 'FailedDelete', message: toStatusError(error).message, error };
  }

  /** Active pods of all owners with the same owner (the ReplicaSets of one Deployment). */
  #related(owner: T): readonly Pod[] {
    const above = controllerOf(owner);
    const siblings = above ? this.#flavour.owners.by(BY_OWNER, above.uid) : [owner];
    return siblings.flatMap(({ metadata }) => this.#deps.pods.by(BY_OWNER, metadata.uid)).filter(isActive);
  }

  async #writeStatus(owner: T, facts: StatusFacts, signal: AbortSignal): Promise<void> {
    const status = replicaStatus(owner, facts);
    if (jsonEquals(status, owner.status)) return;
    try {
      await this.#deps.client.of(this.#flavour.kind).updateStatus({ ...owner, status }, { signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err; // deleted meanwhile
    }
  }
}

/** While the view is old nothing was tried, so the last failure stands. */
function openFailure({ status }: ReplicaOwner): StatusFacts['failure'] {
  const open = status.conditions?.find(({ type }) => type === 'ReplicaFailure');
  if (open?.reason !== 'FailedCreate' && open?.reason !== 'FailedDelete') return undefined;
  return { reason: open.reason, message: open.message ?? '' };
}
