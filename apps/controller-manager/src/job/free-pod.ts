import type { Client } from '@steersman/client';
import { isReason } from '@steersman/status';
import { type Pod, podKind } from '@steersman/types';
import { isTracked, TRACKING } from './job-pods.ts';

/** Takes the mark off that keeps a pod until it is counted. */
export async function freePod(client: Client, pod: Pod, signal: AbortSignal): Promise<void> {
  if (!isTracked(pod)) return;
  const { uid, resourceVersion, finalizers = [] } = pod.metadata;
  const patch = { metadata: { uid, resourceVersion, finalizers: finalizers.filter(name => name !== TRACKING) } };
  try {
    await client.of(podKind).patch(pod.metadata, patch, { type: 'application/merge-patch+json', signal });
  } catch (err) {
    if (!isReason(err, 'NotFound')) throw err;
  }
}
