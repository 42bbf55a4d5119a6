import { isReason, toStatusError } from '@steersman/status';
import { controllerOf, type Deployment, deploymentKind, jsonEquals, type New, type ReplicaSet, replicaSetKind } from '@steersman/types';
import { controllerReference } from '../claim.ts';
import { isNamespaceTerminating } from '../errors.ts';
import { conditionOf, type NewCondition, withCondition } from './conditions.ts';
import { PROGRESS } from './deployment-status.ts';
import type { DeploymentSync } from './deployment-sync.ts';
import { progressDeadlineMs } from './replica-counts.ts';
import { newSetAnnotations, nextRevision, REVISION, sizeAnnotations } from './revisions.ts';
import { newReplicaSetSize } from './rolling-update.ts';
import { HASH_LABEL, sameTemplate, templateHash } from '../history/template-hash.ts';

/** Brings the new set's annotations up to date: a roll back makes an old set the new one, under the next revision. */
export async function refreshNewSet(sync: DeploymentSync, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): Promise<ReplicaSet> {
  const { deps, signal } = sync;
  const annotations = newSetAnnotations(sync.deployment, newSet.metadata.annotations ?? {}, nextRevision(oldSets));
  const { minReadySeconds } = sync.deployment.spec;
  let current = newSet;
  if (!jsonEquals(annotations, newSet.metadata.annotations ?? {}) || (newSet.spec.minReadySeconds ?? 0) !== (minReadySeconds ?? 0)) {
    const next = {
      ...newSet,
      metadata: { ...newSet.metadata, annotations },
      spec: { ...newSet.spec, ...(minReadySeconds !== undefined && { minReadySeconds }) },
    };
    current = await deps.client.of(replicaSetKind).update(next, { signal });
  }
  await sync.writeRevision(annotations[REVISION]);
  if (!conditionOf(sync.deployment.status.conditions, 'Progressing'))
    await progressed(sync, { reason: PROGRESS.found, message: `Found new replica set "${newSet.metadata.name}"` });
  return current;
}

/** Creates the set of the present template, as large as the rollout lets it be at once. */
export async function createNewSet(sync: DeploymentSync, oldSets: readonly ReplicaSet[]): Promise<ReplicaSet> {
  const { deps, signal } = sync;
  const draft = newSetOf(sync.deployment, oldSets);
  let made: ReplicaSet;
  try {
    made = await deps.client.of(replicaSetKind).create(draft, { signal });
    const size = draft.spec.replicas ?? 0;
    if (size > 0) sync.tell('Normal', 'ScalingReplicaSet', `Scaled up replica set ${made.metadata.name} from 0 to ${size}`);
  } catch (err) {
    made = await existing(sync, draft, err);
  }
  await sync.writeRevision(made.metadata.annotations?.[REVISION]);
  await progressed(sync, { reason: PROGRESS.created, message: `Created new replica set "${made.metadata.name}"` });
  return made;
}

function newSetOf(deployment: Deployment, oldSets: readonly ReplicaSet[]): New<ReplicaSet> {
  const { metadata, spec, status } = deployment;
  const template = spec.template ?? {};
  const hash = templateHash(template, status.collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const { minReadySeconds } = spec;
  return {
    metadata: {
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      labels,
      annotations: { ...newSetAnnotations(deployment, {}, nextRevision(oldSets)), ...sizeAnnotations(deployment) },
      ownerReferences: [controllerReference(deploymentKind, deployment)],
    },
    spec: {
      replicas: newReplicaSetSize(deployment, oldSets, 0),
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  };
}

/** A name that is taken is either our own set, which the informer does not show yet, or a collision of hashes. */
async function existing(sync: DeploymentSync, draft: New<ReplicaSet>, err: unknown): Promise<ReplicaSet> {
  const { deps, signal, deployment } = sync;
  const { name = '', namespace } = draft.metadata;
  if (isNamespaceTerminating(err)) throw err;
  if (!isReason(err, 'AlreadyExists')) {
    const message = `Failed to create new replica set "${name}": ${toStatusError(err).message}`;
    await progressed(sync, { reason: PROGRESS.createFailed, message, status: 'False' });
    sync.tell('Warning', PROGRESS.createFailed, message);
    throw err;
  }
  const found = await deps.client.of(replicaSetKind).get({ namespace, name }, { signal });
  if (controllerOf(found)?.uid === deployment.metadata.uid && sameTemplate(found.spec.template ?? {}, deployment.spec.template ?? {}))
    return found;
  await sync.writeStatus({ ...deployment.status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 });
  throw err;
}

async function progressed(
  sync: DeploymentSync,
  { status = 'True', reason, message }: Omit<NewCondition, 'type' | 'status'> & { readonly status?: 'True' | 'False' },
): Promise<void> {
  const { deployment, deps } = sync;
  if (progressDeadlineMs(deployment) === undefined) return;
  const conditions = withCondition(deployment.status.conditions ?? [], { type: 'Progressing', status, reason, message }, deps.clock.wall());
  await sync.writeStatus({ ...deployment.status, conditions });
}
