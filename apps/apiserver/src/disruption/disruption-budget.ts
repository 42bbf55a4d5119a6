import { labelSelectorFrom } from '@steersman/labels';
import { StatusError } from '@steersman/status';
import type { Pod, PodDisruptionBudget } from '@steersman/types';
import { refused } from '../machine/errors.ts';
import { timestamp } from '../machine/strategy.ts';

const BUDGETS = { group: 'policy', plural: 'poddisruptionbudgets' };
/** Evictions the controller has not seen carried out yet. */
const MAX_UNCONFIRMED = 2_000;
/** For how long a second try for a pod needs no further disruption; then the controller forgets the first. */
const CLAIM_MS = 120_000;
const VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget.";

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;

/** It serves nobody: nothing is disrupted when it goes. */
export const isIdle = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(status.phase ?? '');

/** The budget the pod counts for, if any. */
export function budgetOf(pod: Pod, budgets: readonly PodDisruptionBudget[]): PodDisruptionBudget | undefined {
  const [own, ...more] = budgets.filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.metadata.namespace &&
      spec.selector !== undefined &&
      labelSelectorFrom(spec.selector).matches(pod.metadata.labels ?? {}),
  );
  if (more.length > 0)
    throw new StatusError(
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  return own;
}

/** The budget with one disruption less for the pod; undefined when the pod may go without. Throws when none is left. */
export function spend(budget: PodDisruptionBudget, pod: Pod, now: Date): PodDisruptionBudget | undefined {
  const { metadata, spec, status } = budget;
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0, disruptedPods = {} } = status;
  if (!isReady(pod)) {
    if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return undefined;
    if (desiredHealthy > 0 && currentHealthy >= desiredHealthy) return undefined;
  }
  const { name } = pod.metadata;
  const claimedAt = disruptedPods[name];
  if (claimedAt !== undefined && now.getTime() - Date.parse(claimedAt) < CLAIM_MS) return undefined;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0))
    throw tooMany(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  if (disruptionsAllowed < 0) throw refused(BUDGETS, metadata.name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > MAX_UNCONFIRMED)
    throw refused(BUDGETS, metadata.name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (disruptionsAllowed === 0)
    throw tooMany(`The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`);
  return {
    ...budget,
    status: { ...status, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods: { ...disruptedPods, [name]: timestamp(now) } },
  };
}

const tooMany = (message: string, retryAfterSeconds?: number): StatusError =>
  new StatusError('TooManyRequests', VIOLATED, {
    details: { causes: [{ reason: 'DisruptionBudget', message }], ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) },
  });
