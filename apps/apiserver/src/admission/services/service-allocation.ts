import type { Store } from '@steersman/store';
import { invalid, type Service, serviceKind } from '@steersman/types';
import type { AdmissionRule, AdmittedWrite, Companions } from '../../machine/admission.ts';
import { freeValue, poolKey } from './pool.ts';
import { keysOf, type ServicePools, type Value, valuesOf } from './service-values.ts';

/**
 * Every service has an address and node ports no other has. They are claimed and freed in the transaction of its write: no crash
 * can leave one held by nobody or by two.
 */
export function serviceAllocation(store: Store, pools: ServicePools): AdmissionRule {
  /** What we chose for a service that is still on its way: chosen anew when another was faster. */
  const chosen = new WeakMap<object, readonly Value[]>();
  return {
    async companions(write) {
      if (write.kind !== serviceKind || write.subresource !== '') return undefined;
      const [service, prev] = [write.object as Service, write.prev as Service | undefined]; // the kind says so
      const before = keysOf(prev, pools);
      if (write.operation === 'delete') return changeOf(write, { before, after: new Set() });
      for (const value of chosen.get(service) ?? []) value.write('');
      await checkAsked(store, { service, pools, before });
      chosen.set(service, await fill(store, service, pools));
      return changeOf(write, { before, after: keysOf(service, pools) });
    },
  };
}

interface Asked {
  readonly service: Service;
  readonly pools: ServicePools;
  /** What it holds already. */
  readonly before: ReadonlySet<string>;
}

/** Values the client names must exist and be free. */
async function checkAsked(store: Store, { service, pools, before }: Asked): Promise<void> {
  for (const value of valuesOf(service, pools)) {
    const asked = value.read();
    if (asked === undefined || before.has(poolKey(value.pool, asked))) continue;
    if (!value.pool.has(asked)) throw refusal(service, value, value.pool.outside(asked));
    if (await store.get(poolKey(value.pool, asked))) throw refusal(service, value, value.pool.taken(asked));
  }
}

/** Gives the service what it lacks; answers with what that was. */
async function fill(store: Store, service: Service, pools: ServicePools): Promise<readonly Value[]> {
  const given: Value[] = [];
  for (const value of valuesOf(service, pools)) {
    if (value.read() !== undefined) continue;
    const free = value.shared?.() ?? (await freeValue(store, value.pool, keysOf(service, pools)));
    if (free === undefined) throw refusal(service, value, value.pool.full());
    value.write(free);
    given.push(value);
  }
  return given;
}

function changeOf(
  { object }: AdmittedWrite,
  { before, after }: { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> },
): Companions {
  const owner = Buffer.from(`${object.metadata.namespace}/${object.metadata.name}`);
  const claimed = [...after].filter(key => !before.has(key));
  const freed = [...before].filter(key => !after.has(key));
  return {
    compares: claimed.map(key => ({ key, modRevision: 0 })),
    internal: [...claimed.map(key => ({ key, value: owner })), ...freed.map(key => ({ key, value: undefined }))],
  };
}

function refusal({ metadata }: Service, value: Value, detail: string): Error {
  const asked = value.read();
  const shown = value.pool.name === 'cluster-ips' ? (asked === undefined ? [] : [asked]) : Number(asked ?? 0);
  return invalid(serviceKind, metadata.name, [{ fault: 'Invalid', field: value.field, value: shown, detail }]);
}
