import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { type Controller, type EventRecorder, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { keyOf, type Pod, nodeKind, podKind } from '@steersman/types';
import { withDisruption } from '../disruption/with-disruption.ts';
import { BY_NODE, type Informers } from '../informers.ts';
import { evictionTime } from './taints.ts';

export interface TaintEvictionDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Deletes pods from nodes with NoExecute taints, each when its tolerations run out. */
export function taintEvictionController({ client, informer, recorder, clock }: TaintEvictionDeps): Controller {
  const [nodes, pods] = [informer(nodeKind), informer(podKind)];

  const evict = async (pod: Pod, signal: AbortSignal): Promise<void> => {
    recorder.record({ about: pod, type: 'Normal', reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${keyOf(pod)}` });
    try {
      const status = withDisruption(pod, {
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
        now: clock.wall(),
      });
      await client.of(podKind).updateStatus({ ...pod, status }, { signal });
      await client.of(podKind).delete(pod.metadata, { preconditions: { uid: pod.metadata.uid }, signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
    }
  };

  return {
    name: 'taint-eviction',
    workers: 4,
    watches: [
      watch(pods, pod => (pod.spec.nodeName ? [keyOf(pod)] : [])),
      watch(nodes, ({ metadata, spec }) =>
        spec.taints?.some(({ effect }) => effect === 'NoExecute') ? pods.by(BY_NODE, metadata.name).map(keyOf) : [],
      ),
    ],
    async reconcile(key, { signal }) {
      const pod = pods.get(key);
      const node = pod?.spec.nodeName ? nodes.get(pod.spec.nodeName) : undefined;
      if (!pod || !node || pod.metadata.deletionTimestamp || pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed')
        return undefined;
      const at = evictionTime(node.spec.taints ?? [], pod.spec.tolerations ?? [], clock.wall());
      if (!at) return undefined;
      const waitMs = at.getTime() - clock.wall().getTime();
      if (waitMs > 0) return { againInMs: waitMs };
      await evict(pod, signal);
      return undefined;
    },
  };
}
