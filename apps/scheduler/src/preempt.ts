import type { Client } from '@steersman/client';
import type { EventRecorder } from '@steersman/controller';
import { isReason } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import type { Clock } from '@steersman/async';
import { keyOf, type Pod, podKind } from '@steersman/types';

export interface PreemptDeps {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Deletes the victims, each told why. One that has gone, or is another by now, is left alone. */
export async function preempt(
  deps: PreemptDeps,
  pod: Pod,
  { nodeName, victims }: { readonly nodeName: string; readonly victims: readonly Pod[] },
): Promise<void> {
  deps.log.info('making room', { node: nodeName, victims: victims.map(keyOf) });
  await Promise.all(victims.map(victim => end(deps, { pod, victim, nodeName })));
}

async function end(
  { client, recorder, clock, signal }: PreemptDeps,
  { pod, victim, nodeName }: { readonly pod: Pod; readonly victim: Pod; readonly nodeName: string },
): Promise<void> {
  const pods = client.of(podKind);
  const { uid } = victim.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${pod.spec.schedulerName}: preempting to accommodate a higher priority pod`,
    lastTransitionTime: `${clock.wall().toISOString().slice(0, 19)}Z`,
  };
  try {
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    await pods.patch(victim.metadata, patch, { type: 'application/strategic-merge-patch+json', subresource: 'status', signal });
    await pods.delete(victim.metadata, { preconditions: { uid }, signal });
  } catch (err) {
    if (isReason(err, 'NotFound', 'Conflict')) return;
    throw err;
  }
  recorder.record({
    about: { ...victim, apiVersion: 'v1', kind: 'Pod' },
    type: 'Normal',
    reason: 'Preempted',
    message: `Preempted by pod ${pod.metadata.uid} on node ${nodeName}`,
  });
}
