import { backoffMs, type Clock } from '@steersman/async';
import type { ResourceClient } from '@steersman/client';
import { isReason } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import type { Lease, Node } from '@steersman/types';
import { messageOf } from '../start-error.ts';

const NAMESPACE = 'kube-node-lease';
const DURATION_SECONDS = 40;
const RENEW_MS = 10_000;
const BACKOFF = { firstMs: 200, factor: 2, maxMs: 7_000 };

export interface LeaseDeps {
  readonly leases: ResourceClient<Lease>;
  readonly node: Node;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The node's sign of life: renews its Lease every 10 s until the signal aborts. */
export async function keepLease(deps: LeaseDeps): Promise<void> {
  const { clock, log, signal } = deps;
  let failed = 0;
  while (!signal.aborted) {
    try {
      await renew(deps);
      failed = 0;
    } catch (err) {
      if (signal.aborted) return;
      failed++;
      log.warn('lease not renewed', { failed, message: messageOf(err) });
    }
    await clock.sleep(failed > 0 ? backoffMs(failed, BACKOFF) : RENEW_MS, signal).catch(() => {}); // the loop ends with the signal
  }
}

async function renew({ leases, node, clock, signal }: LeaseDeps): Promise<void> {
  const { name, uid } = node.metadata;
  const spec = { holderIdentity: name, leaseDurationSeconds: DURATION_SECONDS, renewTime: clock.wall().toISOString().replace('Z', '000Z') };
  try {
    await leases.patch({ namespace: NAMESPACE, name }, { spec }, { type: 'application/merge-patch+json', signal });
  } catch (err) {
    if (!isReason(err, 'NotFound')) throw err;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }]; // goes with its node
    await leases.create({ metadata: { namespace: NAMESPACE, name, ownerReferences }, spec }, { signal });
  }
}
