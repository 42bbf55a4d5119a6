import type { Client } from '@steersman/client';
import type { EventRecorder } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type Pod, podKind } from '@steersman/types';

export interface VictimDeps {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Deletes a pod that makes way for `preemptor`: its owner sees in a condition that it did not fail by itself. */
export async function evictVictim(
  victim: Pod,
  { preemptor, nodeName }: { readonly preemptor: Pod; readonly nodeName: string },
  { client, recorder, now, signal }: VictimDeps,
): Promise<void> {
  const pods = client.of(podKind);
  const { uid } = victim.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${preemptor.spec.schedulerName ?? ''}: preempting to accommodate a higher priority pod`,
    lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
  };
  try {
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    await pods.patch(victim.metadata, patch, { type: 'application/strategic-merge-patch+json', subresource: 'status', signal });
    await pods.delete(victim.metadata, { preconditions: { uid }, signal });
  } catch (err) {
    if (isReason(err, 'NotFound', 'Conflict')) return; // gone already, or another of that name
    throw err;
  }
  recorder.record({
    about: { ...victim, apiVersion: 'v1', kind: 'Pod' },
    type: 'Normal',
    reason: 'Preempted',
    message: `Preempted by pod ${preemptor.metadata.uid} on node ${nodeName}`,
  });
}
