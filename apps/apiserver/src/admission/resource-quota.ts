import { KeyedLock } from '@steersman/async';
import type { Store } from '@steersman/store';
import {
  type Amounts,
  compareQuantities,
  type Container,
  type Pod,
  podKind,
  quotaCovers,
  quotaUsage,
  type ResourceQuota,
  resourceQuotaKind,
  sumAmounts,
} from '@steersman/types';
import type { CachedObjects } from '../cached-objects.ts';
import type { AdmissionRule, AdmittedWrite } from '../machine/admission.ts';
import { refused } from '../machine/errors.ts';

/** Whoever waits this long for the cache waits in vain. */
const CURRENT_MS = 10_000;

export interface ResourceQuotaDeps {
  readonly store: Store;
  readonly objects: CachedObjects;
}

/**
 * Nothing is stored that takes a namespace over its quotas. What is used is counted from the objects there are; every write that
 * takes more compares and moves one entry of its namespace, so that of two that race, in whatever API servers, one counts again
 * with the other in view. No amount is written ahead of its object, so a crash leaves nothing to correct.
 */
export function resourceQuotaRule({ store, objects }: ResourceQuotaDeps): AdmissionRule {
  const turns = new KeyedLock();
  return {
    async companions(write) {
      if (write.operation === 'delete' || write.subresource !== '' || write.kind.scope === 'Cluster') return undefined;
      const { namespace } = write;
      const concerned = (): readonly ResourceQuota[] => objects.all(resourceQuotaKind, namespace).filter(quota => takesMore(quota, write));
      if (concerned().length === 0) return undefined;
      const key = `/steersman/quota-turns/${namespace}`;
      // Writers of this process take turns; those of others are found out by the compare.
      const release = await turns.acquire(namespace);
      try {
        const turn = await store.get(key);
        await objects.current(AbortSignal.timeout(CURRENT_MS));
        for (const quota of concerned()) checkQuota(quota, write, objects);
        return { compares: [{ key, modRevision: turn?.modRevision ?? 0 }], internal: [{ key, value: Buffer.alloc(0) }], release };
      } catch (err) {
        release();
        throw err;
      }
    },
  };
}

/** What the write adds of the names that the quota limits. */
function added(quota: ResourceQuota, { kind, object, prev }: AdmittedWrite): Amounts {
  if (!quotaCovers(quota, kind, object)) return {};
  const before = prev && quotaCovers(quota, kind, prev) ? quotaUsage(kind, prev) : {};
  return Object.fromEntries(
    Object.entries(quotaUsage(kind, object)).filter(
      ([name, amount]) => name in (quota.spec.hard ?? {}) && compareQuantities(amount, before[name] ?? '0') > 0,
    ),
  );
}

const takesMore = (quota: ResourceQuota, write: AdmittedWrite): boolean =>
  Object.keys(added(quota, write)).length > 0 || missingAmounts(quota, write).length > 0;

function checkQuota(quota: ResourceQuota, write: AdmittedWrite, objects: CachedObjects): void {
  const { kind, object, namespace } = write;
  const { name } = quota.metadata;
  const missing = missingAmounts(quota, write);
  if (missing.length > 0) throw refused(kind, object.metadata.name, `failed quota: ${name}: must specify ${missing.join('; ')}`);
  const requested = added(quota, write);
  // Every name is taken by objects of one kind only.
  const used = objects
    .all(kind, namespace)
    .filter(other => other.metadata.uid !== object.metadata.uid && quotaCovers(quota, kind, other))
    .map(other => quotaUsage(kind, other))
    .reduce(sumAmounts, {});
  const { hard = {} } = quota.spec;
  const over = Object.keys(requested)
    .sort()
    .filter(
      resource =>
        compareQuantities(sumAmounts({ x: used[resource] ?? '0' }, { x: requested[resource] ?? '0' })['x'] ?? '0', hard[resource] ?? '0') >
        0,
    );
  if (over.length === 0) return;
  const shown = (amounts: Amounts): string => over.map(resource => `${resource}=${amounts[resource] ?? '0'}`).join(',');
  throw refused(
    kind,
    object.metadata.name,
    `exceeded quota: ${name}, requested: ${shown(requested)}, used: ${shown(used)}, limited: ${shown(hard)}`,
  );
}

/** Where amounts are limited, every container says how much it takes. */
const COMPUTE: Readonly<Record<string, (container: Container) => string | undefined>> = {
  cpu: ({ resources }) => resources?.requests?.['cpu'],
  memory: ({ resources }) => resources?.requests?.['memory'],
  'requests.cpu': ({ resources }) => resources?.requests?.['cpu'],
  'requests.memory': ({ resources }) => resources?.requests?.['memory'],
  'limits.cpu': ({ resources }) => resources?.limits?.['cpu'],
  'limits.memory': ({ resources }) => resources?.limits?.['memory'],
};

function missingAmounts(quota: ResourceQuota, { operation, kind, object }: AdmittedWrite): readonly string[] {
  if (operation !== 'create' || kind !== podKind || !quotaCovers(quota, kind, object)) return [];
  const { containers, initContainers = [] } = (object as Pod).spec; // the kind says so
  return Object.keys(quota.spec.hard ?? {})
    .sort()
    .flatMap(name => {
      const without = [...containers, ...initContainers].filter(container => COMPUTE[name] && COMPUTE[name](container) === undefined);
      return without.length > 0
        ? [
            `${name} for: ${without
              .map(container => container.name)
              .sort()
              .join(',')}`,
          ]
        : [];
    });
}
