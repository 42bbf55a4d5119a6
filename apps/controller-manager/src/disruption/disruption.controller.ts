import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, watch } from '@steersman/controller';
import { labelSelectorFrom } from '@steersman/labels';
import { isReason } from '@steersman/status';
import {
  controllerOf,
  deploymentKind,
  jsonEquals,
  type Key,
  keyOf,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgetKind,
  type PodDisruptionBudgetStatus,
  podKind,
  replicaSetKind,
  replicationControllerKind,
  statefulSetKind,
} from '@steersman/types';
import type { Informers } from '../informers.ts';
import { budgetStatus, countsWanted, failedStatus, recheckInMs } from './budget-status.ts';

export interface DisruptionDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Tells each PodDisruptionBudget how many of its pods may be disrupted now. */
export function disruptionController({ client, informer, recorder, clock }: DisruptionDeps): Controller {
  const [budgets, pods] = [informer(podDisruptionBudgetKind), informer(podKind)];
  const wantedBy = scales(informer);
  return {
    name: 'disruption',
    watches: [watch(budgets, budget => [keyOf(budget)]), watch(pods, pod => selecting(budgets, pod))],
    async reconcile(key, { signal }) {
      const budget = budgets.get(key);
      if (!budget || budget.metadata.deletionTimestamp) return undefined;
      const selected = pods.list(budget.metadata.namespace).filter(pod => selects(budget, pod));
      const now = clock.wall();
      const status = statusOf(budget, { pods: selected, wantedBy, now, recorder });
      if (!jsonEquals(status, budget.status)) await write(client, { ...budget, status }, signal);
      const againInMs = recheckInMs(status, now);
      return againInMs === undefined ? undefined : { againInMs };
    },
  };
}

/** An empty selector means every pod of the namespace, none at all means no pod. */
const selects = ({ spec }: PodDisruptionBudget, { metadata }: Pod): boolean =>
  spec.selector !== undefined && labelSelectorFrom(spec.selector).matches(metadata.labels ?? {});

const selecting = (budgets: Informer<PodDisruptionBudget>, pod: Pod): readonly Key[] =>
  budgets.list(pod.metadata.namespace).flatMap(budget => (selects(budget, pod) ? [keyOf(budget)] : []));

interface StatusFacts {
  readonly pods: readonly Pod[];
  readonly wantedBy: WantedBy;
  readonly now: Date;
  readonly recorder: EventRecorder;
}

function statusOf(budget: PodDisruptionBudget, { pods, wantedBy, now, recorder }: StatusFacts): PodDisruptionBudgetStatus {
  if (pods.length === 0) recorder.record({ about: budget, type: 'Normal', reason: 'NoPods', message: 'No matching pods found' });
  const owners = new Map(countsWanted(budget) ? pods.flatMap(pod => ownerOf(pod, wantedBy)) : []);
  const unknown = [...owners].find(([, wanted]) => wanted === undefined)?.[0];
  if (unknown === undefined) {
    const wanted = [...owners.values()].reduce<number>((sum, count) => sum + (count ?? 0), 0);
    return budgetStatus(budget, { pods, wanted, now });
  }
  const message = `${unknown} does not implement the scale subresource`;
  recorder.record({
    about: budget,
    type: 'Warning',
    reason: 'CalculateExpectedPodCountFailed',
    message: `Failed to calculate the number of expected pods: ${message}`,
  });
  return failedStatus(budget, { message, now });
}

/** By what the pods are kept up, with how many it wants; undefined when it cannot say. */
type Owner = readonly [id: string, wanted: number | undefined];
type WantedBy = (kind: string, key: Key) => Owner;

function ownerOf(pod: Pod, wantedBy: WantedBy): readonly Owner[] {
  const owner = controllerOf(pod);
  return owner ? [wantedBy(owner.kind, `${pod.metadata.namespace}/${owner.name}`)] : [];
}

/** A ReplicaSet answers for its Deployment, of which it may be one of several. */
function scales(informer: Informers): WantedBy {
  const [deployments, replicaSets] = [informer(deploymentKind), informer(replicaSetKind)];
  const [controllers, sets] = [informer(replicationControllerKind), informer(statefulSetKind)];
  return (kind, key) => {
    const id = `${kind} ${key}`;
    if (kind === replicationControllerKind.kind) return [id, controllers.get(key)?.spec.replicas ?? 0];
    if (kind === statefulSetKind.kind) return [id, sets.get(key)?.spec.replicas ?? 0];
    if (kind !== replicaSetKind.kind) return [id, undefined];
    const replicaSet = replicaSets.get(key);
    const above = replicaSet && controllerOf(replicaSet);
    if (above?.kind !== deploymentKind.kind) return [id, replicaSet?.spec.replicas ?? 0];
    const owner = `${replicaSet?.metadata.namespace}/${above.name}`;
    return [`${above.kind} ${owner}`, deployments.get(owner)?.spec.replicas ?? 0];
  };
}

async function write(client: Client, budget: PodDisruptionBudget, signal: AbortSignal): Promise<void> {
  try {
    await client.of(podDisruptionBudgetKind).updateStatus(budget, { signal });
  } catch (err) {
    if (!isReason(err, 'NotFound')) throw err; // deleted meanwhile
  }
}
