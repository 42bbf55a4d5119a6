import type { Client, Informer } from '@steersman/client';
import { type Controller, type Watch, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import {
  type ApiObject,
  eventKind,
  jsonEquals,
  type Key,
  keyOf,
  type Kind,
  podKind,
  quotaCovers,
  quotaUsage,
  type ResourceQuota,
  resourceQuotaKind,
  serviceKind,
  STORED_KINDS,
  usedOf,
} from '@steersman/types';
import type { Informers } from '../informers.ts';

/** What a quota may count. */
const COUNTABLE = STORED_KINDS.filter(kind => kind.scope === 'Namespaced' && kind !== eventKind);

export interface ResourceQuotaDeps {
  readonly client: Client;
  readonly informer: Informers;
}

/** Keeps what is used of each quota true: admission only ever adds to it. */
export function resourceQuotaController({ client, informer }: ResourceQuotaDeps): Controller {
  const quotas = informer(resourceQuotaKind);
  return {
    name: 'resource-quota',
    workers: 5,
    watches: [watch(quotas, quota => [keyOf(quota)]), ...COUNTABLE.map(kind => watchUsage(kind, informer(kind), quotas))],
    async reconcile(key, { signal }) {
      const quota = quotas.get(key);
      if (!quota || quota.metadata.deletionTimestamp) return undefined;
      const { hard = {} } = quota.spec;
      const status = { hard, used: usedOf(hard, usages(quota, informer)) };
      if (jsonEquals(status, quota.status)) return undefined;
      try {
        await client.of(resourceQuotaKind).updateStatus({ ...quota, status }, { signal });
      } catch (err) {
        if (!isReason(err, 'NotFound')) throw err; // deleted meanwhile
      }
      return undefined;
    },
  };
}

const usages = (quota: ResourceQuota, informer: Informers): ReturnType<typeof quotaUsage>[] =>
  COUNTABLE.filter(kind => isAsked(quota, kind)).flatMap(kind =>
    informer(kind)
      .list(quota.metadata.namespace)
      .filter(object => quotaCovers(quota, kind, object))
      .map(object => quotaUsage(kind, object)),
  );

/** Pods and services are counted in several ways; of other kinds the names of what an object uses are always the same. */
function isAsked({ spec: { hard = {} } }: ResourceQuota, kind: Kind): boolean {
  if (kind === podKind) return true;
  const names =
    kind === serviceKind
      ? ['services', 'services.nodeports', 'services.loadbalancers', 'count/services']
      : Object.keys(quotaUsage(kind, NOTHING));
  return names.some(name => name in hard);
}

const NOTHING: ApiObject = { metadata: { name: '', uid: '', resourceVersion: '', creationTimestamp: '' } };

/** A change that leaves an object's usage as it was changes no quota. */
function watchUsage(kind: Kind, informer: Informer<ApiObject>, quotas: Informer<ResourceQuota>): Watch {
  const usage = (object: ApiObject | undefined): unknown => object && quotaUsage(kind, object);
  return {
    synced: signal => informer.synced(signal),
    start: enqueue =>
      informer.subscribe(({ prev, next, traceparent }) => {
        const { namespace } = (next ?? prev)?.metadata ?? {};
        const keys: readonly Key[] = quotas.list(namespace).map(keyOf);
        if (keys.length === 0 || (prev && next && jsonEquals(usage(prev), usage(next)))) return;
        for (const key of keys) enqueue(key, traceparent);
      }),
  };
}
