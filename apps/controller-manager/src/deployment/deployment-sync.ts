import type { Outcome, Turn } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type Deployment, deploymentKind, type DeploymentStatus, jsonEquals, type ReplicaSet, replicaSetKind } from '@steersman/types';
import { claim } from '../claim.ts';
import { BY_OWNER, claimable } from '../informers.ts';
import { conditionOf, withCondition } from './conditions.ts';
import { selectorOf } from '../selecting.ts';
import type { DeploymentDeps } from './deployment.controller.ts';
import { countedStatus, deadlineInMs, isComplete, PROGRESS, rolloutStatus, type Sets } from './deployment-status.ts';
import { createNewSet, refreshNewSet } from './new-replica-set.ts';
import { active, historyLimit, isRolling, oldestFirst, progressDeadlineMs, sumOf, wanted } from './replica-counts.ts';
import { annotatedReplicas, DESIRED_REPLICAS, REVISION, revisionOf, sizeAnnotations } from './revisions.ts';
import { type Resize, rollingStep, scaleStep } from './rolling-update.ts';
import { sameTemplate } from '../history/template-hash.ts';

/** One turn for one Deployment, after upstream's pkg/controller/deployment. `deployment` is what was last written or read. */
export class DeploymentSync {
  readonly deps: DeploymentDeps;
  readonly signal: AbortSignal;
  deployment: Deployment;

  constructor(deps: DeploymentDeps, { deployment, signal }: Turn & { readonly deployment: Deployment }) {
    this.deps = deps;
    this.signal = signal;
    this.deployment = deployment;
  }

  async run(): Promise<Outcome> {
    const owned = await this.#owned();
    if (this.deployment.metadata.deletionTimestamp)
      return await this.writeStatus(countedStatus(this.deployment, this.#split(owned), this.#now()));
    await this.#notePause();
    if (this.deployment.spec.paused || this.#isResized(owned)) return await this.#scale(owned);
    return await (isRolling(this.deployment) ? this.#roll(owned) : this.#recreate(owned));
  }

  /** Writes the status if it says something new. */
  async writeStatus(status: DeploymentStatus): Promise<Outcome> {
    if (!jsonEquals(status, this.deployment.status)) {
      this.deployment = await this.deps.client.of(deploymentKind).updateStatus({ ...this.deployment, status }, { signal: this.signal });
    }
    const againInMs = deadlineInMs(this.deployment, status, this.#now());
    return againInMs === undefined ? undefined : { againInMs };
  }

  async #owned(): Promise<readonly ReplicaSet[]> {
    const { client, replicaSets } = this.deps;
    return await claim({
      owner: this.deployment,
      ownerKind: deploymentKind,
      owners: client.of(deploymentKind),
      selector: selectorOf(this.deployment),
      candidates: claimable(replicaSets, this.deployment),
      dependents: client.of(replicaSetKind),
      signal: this.signal,
    });
  }

  /** The new set is the oldest one with the Deployment's template. */
  #split(owned: readonly ReplicaSet[]): Sets {
    const newSet = [...owned].sort(oldestFirst).find(({ spec }) => sameTemplate(spec.template ?? {}, this.deployment.spec.template ?? {}));
    return { newSet, oldSets: owned.filter(replicaSet => replicaSet !== newSet) };
  }

  /** With the new set's annotations, and the Deployment's revision, brought up to date. */
  async #sets(owned: readonly ReplicaSet[], { create }: { readonly create: boolean }): Promise<Sets> {
    const { newSet, oldSets } = this.#split(owned);
    if (newSet) return { newSet: await refreshNewSet(this, newSet, oldSets), oldSets };
    return { newSet: create ? await createNewSet(this, oldSets) : undefined, oldSets };
  }

  /** Pausing stops the clock of the progress deadline; the conditions tell. */
  async #notePause(): Promise<void> {
    const { spec, status } = this.deployment;
    const current = conditionOf(status.conditions, 'Progressing');
    if (progressDeadlineMs(this.deployment) === undefined || current?.reason === PROGRESS.timedOut) return;
    const wasPaused = current?.reason === PROGRESS.paused;
    if (wasPaused === (spec.paused ?? false)) return;
    const [reason, message] = wasPaused ? [PROGRESS.resumed, 'Deployment is resumed'] : [PROGRESS.paused, 'Deployment is paused'];
    await this.writeStatus({
      ...status,
      conditions: withCondition(status.conditions ?? [], { type: 'Progressing', status: 'Unknown', reason, message }, this.#now()),
    });
  }

  /** spec.replicas has changed since a set in use was sized. */
  #isResized(owned: readonly ReplicaSet[]): boolean {
    return active(owned).some(replicaSet => {
      const desired = annotatedReplicas(replicaSet, DESIRED_REPLICAS);
      return desired !== undefined && desired !== wanted(this.deployment);
    });
  }

  async #scale(owned: readonly ReplicaSet[]): Promise<Outcome> {
    const sets = await this.#sets(owned, { create: false });
    const resized = await this.#resizeAll(scaleStep(this.deployment, sets.newSet, sets.oldSets), sets);
    if (this.deployment.spec.paused) await this.#cleanUp(resized.oldSets);
    return await this.writeStatus(countedStatus(this.deployment, resized, this.#now()));
  }

  async #roll(owned: readonly ReplicaSet[]): Promise<Outcome> {
    const sets = await this.#sets(owned, { create: true });
    if (!sets.newSet) return undefined;
    const step = rollingStep(this.deployment, sets.newSet, sets.oldSets);
    const resized = await this.#resizeAll(step, sets);
    if (step.length === 0 && isComplete(this.deployment, this.deployment.status)) await this.#cleanUp(sets.oldSets);
    return await this.writeStatus(rolloutStatus(this.deployment, resized, this.#now()));
  }

  async #recreate(owned: readonly ReplicaSet[]): Promise<Outcome> {
    const sets = await this.#sets(owned, { create: false });
    const running = active(sets.oldSets);
    if (running.length > 0) {
      const resized = await this.#resizeAll(
        running.map(replicaSet => ({ replicaSet, replicas: 0 })),
        sets,
      );
      return await this.writeStatus(rolloutStatus(this.deployment, resized, this.#now()));
    }
    if (this.#hasOldPods(sets)) return await this.writeStatus(rolloutStatus(this.deployment, sets, this.#now()));
    const newSet = sets.newSet ?? (await createNewSet(this, sets.oldSets));
    const resized = await this.#resizeAll([{ replicaSet: newSet, replicas: wanted(this.deployment) }], { ...sets, newSet });
    if (isComplete(this.deployment, this.deployment.status)) await this.#cleanUp(sets.oldSets);
    return await this.writeStatus(rolloutStatus(this.deployment, resized, this.#now()));
  }

  #hasOldPods({ oldSets }: Sets): boolean {
    if (sumOf(oldSets, ({ status }) => status.replicas) > 0) return true;
    const oldPods = oldSets.flatMap(({ metadata }) => this.deps.pods.by(BY_OWNER, metadata.uid));
    return oldPods.some(({ status }) => status.phase !== 'Succeeded' && status.phase !== 'Failed');
  }

  async #resizeAll(step: readonly Resize[], { newSet, oldSets }: Sets): Promise<Sets> {
    const changed = new Map<string, ReplicaSet>();
    for (const { replicaSet, replicas } of step) changed.set(replicaSet.metadata.uid, await this.#resize(replicaSet, replicas));
    const latest = (replicaSet: ReplicaSet): ReplicaSet => changed.get(replicaSet.metadata.uid) ?? replicaSet;
    return { newSet: newSet && latest(newSet), oldSets: oldSets.map(latest) };
  }

  async #resize(replicaSet: ReplicaSet, replicas: number): Promise<ReplicaSet> {
    const { metadata, spec } = replicaSet;
    const annotations = { ...metadata.annotations, ...sizeAnnotations(this.deployment) };
    const from = wanted(replicaSet);
    if (from === replicas && jsonEquals(annotations, metadata.annotations)) return replicaSet;
    const next = { ...replicaSet, metadata: { ...metadata, annotations }, spec: { ...spec, replicas } };
    const updated = await this.deps.client.of(replicaSetKind).update(next, { signal: this.signal });
    if (from !== replicas)
      this.tell(
        'Normal',
        'ScalingReplicaSet',
        `Scaled ${replicas > from ? 'up' : 'down'} replica set ${metadata.name} from ${from} to ${replicas}`,
      );
    return updated;
  }

  /** Deletes the oldest revisions beyond the history limit, those that are out of use only. */
  async #cleanUp(oldSets: readonly ReplicaSet[]): Promise<void> {
    const limit = historyLimit(this.deployment);
    if (limit === undefined) return;
    const standing = oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const surplus = standing
      .sort((a, b) => revisionOf(a) - revisionOf(b) || oldestFirst(a, b))
      .slice(0, Math.max(0, standing.length - limit));
    for (const { metadata, spec, status } of surplus) {
      if (status.replicas !== 0 || spec.replicas !== 0 || (metadata.generation ?? 0) > (status.observedGeneration ?? 0)) continue;
      try {
        await this.deps.client.of(replicaSetKind).delete(metadata, { preconditions: { uid: metadata.uid }, signal: this.signal });
      } catch (err) {
        if (!isReason(err, 'NotFound')) throw err;
      }
    }
  }

  /** Shown by `kubectl rollout` and copied to nothing else. */
  async writeRevision(revision: string | undefined): Promise<void> {
    if (revision === undefined || this.deployment.metadata.annotations?.[REVISION] === revision) return;
    const patch = { metadata: { annotations: { [REVISION]: revision } } };
    this.deployment = await this.deps.client
      .of(deploymentKind)
      .patch(this.deployment.metadata, patch, { type: 'application/merge-patch+json', signal: this.signal });
  }

  tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.deps.recorder.record({ about: this.deployment, type, reason, message });
  }

  #now(): Date {
    return this.deps.clock.wall();
  }
}
