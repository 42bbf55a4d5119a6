import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, Expectations, type Outcome, type Turn, watch } from '@steersman/controller';
import { labelSelectorFrom } from '@steersman/labels';
import { isReason, toStatusError } from '@steersman/status';
import { controllerOf, jsonEquals, type Key, keyOf, type New, type Pod, podKind, type ReplicaSet, replicaSetKind } from '@steersman/types';
import { claim, controllerReference } from '../claim.ts';
import { isNamespaceTerminating } from '../errors.ts';
import { BY_OWNER, claimable } from '../informers.ts';
import { generatedName } from '../names.ts';
import { availableInMs, isActive, isTerminating } from '../pods.ts';
import { podsToDelete } from './pod-ranking.ts';
import { replicaSetStatus, type StatusFacts } from './replica-set-status.ts';
import { watchExpected } from '../watch-expected.ts';
import { slowStart } from './slow-start.ts';

/** Pods created or deleted in one turn. */
const BURST = 500;

export interface ReplicaSetDeps {
  readonly client: Client;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Keeps as many pods of each ReplicaSet as it asks for. */
export function replicaSetController(deps: ReplicaSetDeps): Controller {
  const expectations = new Expectations(deps.clock);
  const loop = new ReplicaSetLoop(deps, expectations);
  return {
    name: 'replicaset',
    workers: 5,
    watches: [
      watch(deps.replicaSets, replicaSet => [keyOf(replicaSet)]),
      watchExpected(deps.pods, expectations, pod => ownerKeys(deps, pod)),
    ],
    reconcile: (key, turn) => loop.reconcile(key, turn),
  };
}

/** The owner of a pod, or those that may adopt it. */
const ownerKeys = ({ replicaSets }: ReplicaSetDeps, pod: Pod): readonly Key[] => {
  const controller = controllerOf(pod);
  if (controller) return controller.kind === replicaSetKind.kind ? [`${pod.metadata.namespace}/${controller.name}`] : [];
  return replicaSets
    .list(pod.metadata.namespace)
    .flatMap(replicaSet => (selectorOf(replicaSet).matches(pod.metadata.labels ?? {}) ? [keyOf(replicaSet)] : []));
};

const selectorOf = ({ spec }: ReplicaSet) => labelSelectorFrom(spec.selector);

class ReplicaSetLoop {
  readonly #deps: ReplicaSetDeps;
  readonly #expectations: Expectations;

  constructor(deps: ReplicaSetDeps, expectations: Expectations) {
    this.#deps = deps;
    this.#expectations = expectations;
  }

  async reconcile(key: Key, { signal }: Turn): Promise<Outcome> {
    const { replicaSets, pods, client, clock } = this.#deps;
    const replicaSet = replicaSets.get(key);
    if (!replicaSet) {
      this.#expectations.forget(key);
      return undefined;
    }
    const upToDate = this.#expectations.satisfied(key);
    const candidates = claimable(pods, replicaSet);
    const claimed = await claim({
      owner: replicaSet,
      ownerKind: replicaSetKind,
      owners: client.of(replicaSetKind),
      selector: selectorOf(replicaSet),
      candidates: candidates.filter(isActive),
      dependents: client.of(podKind),
      signal,
    });
    const terminating = candidates.filter(pod => isTerminating(pod) && controllerOf(pod)?.uid === replicaSet.metadata.uid).length;
    const failure = upToDate && !replicaSet.metadata.deletionTimestamp ? await this.#scale(replicaSet, claimed, signal) : undefined;
    const shown = failure ?? (upToDate ? undefined : openFailure(replicaSet));
    await this.#writeStatus(replicaSet, { pods: claimed, terminating, failure: shown, now: clock.wall() }, signal);
    if (failure) throw failure.error;
    return nextAvailability(claimed, replicaSet.spec.minReadySeconds ?? 0, clock.wall());
  }

  /** One step towards the wanted number; what went wrong with it, if anything. */
  async #scale(
    replicaSet: ReplicaSet,
    pods: readonly Pod[],
    signal: AbortSignal,
  ): Promise<(StatusFacts['failure'] & { readonly error: unknown }) | undefined> {
    const missing = (replicaSet.spec.replicas ?? 1) - pods.length;
    if (missing === 0) return undefined;
    const error =
      missing > 0
        ? await this.#create(replicaSet, Math.min(missing, BURST), signal)
        : await this.#delete(replicaSet, { pods, count: Math.min(-missing, BURST) }, signal);
    return error === undefined
      ? undefined
      : { reason: missing > 0 ? 'FailedCreate' : 'FailedDelete', message: toStatusError(error).message, error };
  }

  async #create(replicaSet: ReplicaSet, count: number, signal: AbortSignal): Promise<unknown> {
    const { client, recorder } = this.#deps;
    const key = keyOf(replicaSet);
    this.#expectations.expectCreates(key, count);
    const { made, error } = await slowStart(count, async () => {
      try {
        const { metadata } = await client.of(podKind).create(podOf(replicaSet), { signal });
        recorder.record({ about: replicaSet, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${metadata.name}` });
      } catch (err) {
        if (!isNamespaceTerminating(err))
          recorder.record({
            about: replicaSet,
            type: 'Warning',
            reason: 'FailedCreate',
            message: `Error creating: ${toStatusError(err).message}`,
          });
        throw err;
      }
    });
    for (let skipped = made; skipped < count; skipped++) this.#expectations.sawCreate(key);
    return isNamespaceTerminating(error) ? undefined : error;
  }

  async #delete(
    replicaSet: ReplicaSet,
    { pods, count }: { readonly pods: readonly Pod[]; readonly count: number },
    signal: AbortSignal,
  ): Promise<unknown> {
    const { client, recorder, clock } = this.#deps;
    const key = keyOf(replicaSet);
    const chosen = podsToDelete(pods, count, { related: this.#related(replicaSet), now: clock.wall() });
    for (const { metadata } of chosen) this.#expectations.expectDelete(key, metadata.name);
    const results = await Promise.allSettled(
      chosen.map(async ({ metadata }) => {
        try {
          await client.of(podKind).delete(metadata, { preconditions: { uid: metadata.uid }, signal });
          recorder.record({ about: replicaSet, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${metadata.name}` });
        } catch (err) {
          this.#expectations.sawDelete(key, metadata.name);
          if (isReason(err, 'NotFound')) return;
          recorder.record({
            about: replicaSet,
            type: 'Warning',
            reason: 'FailedDelete',
            message: `Error deleting: ${toStatusError(err).message}`,
          });
          throw err;
        }
      }),
    );
    return results.find(result => result.status === 'rejected')?.reason;
  }

  /** Active pods of all ReplicaSets with the same owner (of one Deployment). */
  #related(replicaSet: ReplicaSet): readonly Pod[] {
    const { replicaSets, pods } = this.#deps;
    const owner = controllerOf(replicaSet);
    const siblings = owner ? replicaSets.by(BY_OWNER, owner.uid) : [replicaSet];
    return siblings.flatMap(({ metadata }) => pods.by(BY_OWNER, metadata.uid)).filter(isActive);
  }

  async #writeStatus(replicaSet: ReplicaSet, facts: StatusFacts, signal: AbortSignal): Promise<void> {
    const replicaSets = this.#deps.client.of(replicaSetKind);
    const status = replicaSetStatus(replicaSet, facts);
    if (jsonEquals(status, replicaSet.status)) return;
    try {
      await replicaSets.updateStatus({ ...replicaSet, status }, { signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err; // deleted meanwhile
    }
  }
}

/** While the view is old nothing was tried, so the last failure stands. */
function openFailure({ status }: ReplicaSet): StatusFacts['failure'] {
  const open = status.conditions?.find(({ type }) => type === 'ReplicaFailure');
  if (open?.reason !== 'FailedCreate' && open?.reason !== 'FailedDelete') return undefined;
  return { reason: open.reason, message: open.message ?? '' };
}

function podOf(replicaSet: ReplicaSet): New<Pod> {
  const { metadata: owner, spec } = replicaSet;
  const { metadata = {}, spec: podSpec = { containers: [] } } = spec.template ?? {};
  const { labels, annotations, finalizers } = metadata;
  const generateName = `${owner.name}-`;
  return {
    metadata: {
      name: generatedName(generateName),
      generateName,
      ...(owner.namespace !== undefined && { namespace: owner.namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(replicaSetKind, replicaSet)],
    },
    spec: podSpec,
    status: {},
  };
}

function nextAvailability(pods: readonly Pod[], minReadySeconds: number, now: Date): Outcome {
  const waits = pods.flatMap(pod => availableInMs(pod, minReadySeconds, now) || []);
  return waits.length === 0 ? undefined : { againInMs: Math.min(...waits) };
}
