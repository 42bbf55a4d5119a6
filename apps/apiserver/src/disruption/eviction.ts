import type { WatchCache } from '@steersman/store';
import { type Eviction, type Pod, type PodDisruptionBudget, podDisruptionBudgetKind, podKind } from '@steersman/types';
import { parseStored } from '../lookup.ts';
import type { Handle } from '../machine/machine.ts';
import type { Objects } from '../machine/objects.ts';
import type { Responder } from '../machine/questions.ts';
import type { ApiRequest } from '../machine/request.ts';
import { resourcePrefix } from '../machine/selection.ts';
import { busy, timestamp } from '../machine/strategy.ts';
import { SYSTEM } from '../system-requests.ts';
import { budgetOf, isIdle, spend } from './disruption-budget.ts';

const ATTEMPTS = 20;

export interface EvictionDeps {
  readonly cache: WatchCache;
  readonly objects: Objects;
  readonly handle: Handle;
}

/** `POST pods/<name>/eviction`: a delete that the pod's disruption budget may refuse. */
export const eviction = (deps: EvictionDeps): Responder => ({
  kind: podKind,
  subresource: 'eviction',
  async answer({ body, about, signal }) {
    const pod = about as Pod; // it is asked of pods only
    const options = (body as Eviction).deleteOptions ?? {};
    const isDryRun = options.dryRun?.includes('All') ?? false;
    if (!isIdle(pod)) {
      await claim(deps, pod, { isDryRun, signal });
      if (!isDryRun) await deps.handle(markRequest(pod, signal));
    }
    await deps.handle({ ...requestFor(pod, signal), verb: 'delete', body: Buffer.from(JSON.stringify(options)) });
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201, deleteOptions: undefined };
  },
});

/** Takes one disruption off the budget, before anything happens to the pod. */
async function claim(
  { cache, objects }: EvictionDeps,
  pod: Pod,
  { isDryRun, signal }: { readonly isDryRun: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { namespace = '' } = pod.metadata;
  await cache.current(signal);
  const budgets = cache.resource(resourcePrefix(podDisruptionBudgetKind)).select({ namespace });
  const budget = budgetOf(
    pod,
    budgets.map(stored => parseStored<PodDisruptionBudget>(stored)),
  );
  if (!budget) return;
  const { name } = budget.metadata;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    signal.throwIfAborted();
    const current = await objects.read(podDisruptionBudgetKind, namespace, name);
    if (!current) return; // deleted meanwhile
    const spent = spend(current.object as PodDisruptionBudget, pod, new Date());
    if (!spent || isDryRun || (await objects.replace(podDisruptionBudgetKind, spent, current))) return;
  }
  throw busy(podDisruptionBudgetKind, name);
}

const requestFor = ({ metadata: { namespace = '', name } }: Pod, signal: AbortSignal): Omit<ApiRequest, 'verb' | 'body'> => ({
  user: SYSTEM,
  kind: podKind,
  subresource: '',
  namespace,
  name,
  options: new URLSearchParams(),
  contentType: undefined,
  signal,
});

/** Tells the pod's owner that it did not fail by itself. */
function markRequest(pod: Pod, signal: AbortSignal): ApiRequest {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: timestamp(new Date()),
  };
  return {
    ...requestFor(pod, signal),
    verb: 'patch',
    subresource: 'status',
    contentType: 'application/strategic-merge-patch+json',
    body: Buffer.from(JSON.stringify({ status: { conditions: [condition] } })),
  };
}
