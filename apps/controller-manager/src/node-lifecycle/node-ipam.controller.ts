import type { Client } from '@steersman/client';
import { type Controller, type EventRecorder, watch } from '@steersman/controller';
import { nodeKind } from '@steersman/types';
import type { Informers } from '../informers.ts';
import { cidrPlan } from './cidr.ts';

/** When no range is free: a node has to go first. */
const LOOK_AGAIN_MS = 30_000;

export interface NodeIpamDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly recorder: EventRecorder;
  readonly clusterCidr: string;
}

/** Gives every node the range its pods get their addresses from. */
export function nodeIpamController({ client, informer, recorder, clusterCidr }: NodeIpamDeps): Controller {
  const plan = cidrPlan(clusterCidr);
  const nodes = informer(nodeKind);
  /** Given out and perhaps not yet in the informer, by node uid. */
  const given = new Map<string, number>();

  const nextFree = (): number | undefined => {
    const used = new Set<number>();
    const standing = new Set<string>();
    for (const { metadata, spec } of nodes.list()) {
      standing.add(metadata.uid);
      const index = (spec.podCIDR === undefined ? undefined : plan.indexOf(spec.podCIDR)) ?? given.get(metadata.uid);
      if (index !== undefined) used.add(index);
    }
    for (const uid of given.keys()) if (!standing.has(uid)) given.delete(uid);
    for (let index = 0; index < plan.size; index++) if (!used.has(index)) return index;
    return undefined;
  };

  return {
    name: 'node-ipam',
    workers: 1, // one range is looked for at a time
    watches: [watch(nodes, ({ metadata }) => [metadata.name])],
    async reconcile(key, { signal, log }) {
      const node = nodes.get(key);
      if (!node || node.spec.podCIDR || node.metadata.deletionTimestamp) return undefined;
      const index = given.get(node.metadata.uid) ?? nextFree();
      if (index === undefined) {
        recorder.record({
          about: node,
          type: 'Normal',
          reason: 'CIDRNotAvailable',
          message: `Node ${key} status is now: CIDRNotAvailable`,
        });
        return { againInMs: LOOK_AGAIN_MS };
      }
      given.set(node.metadata.uid, index);
      const podCIDR = plan.subnet(index);
      await client
        .of(nodeKind)
        .patch(
          { name: key },
          { metadata: { uid: node.metadata.uid }, spec: { podCIDR, podCIDRs: [podCIDR] } },
          { type: 'application/merge-patch+json', signal },
        );
      log.info('pod range given to node', { podCIDR });
      return undefined;
    },
  };
}
