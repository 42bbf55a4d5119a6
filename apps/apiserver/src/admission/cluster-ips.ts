import type { Store } from '@steersman/store';
import { invalid, type Service, serviceKind } from '@steersman/types';
import type { AdmissionRule, AdmittedWrite, Companions } from '../machine/admission.ts';

const ALLOCATIONS = '/steersman/cluster-ips/';
const HEADLESS = 'None';

/** The addresses of the service network: `10.96.0.0/16`. The first is the API's own service. */
export class AddressRange {
  readonly #base: number;
  readonly #size: number;
  readonly text: string;

  constructor(cidr: string) {
    const [address = '', bits = ''] = cidr.split('/');
    this.text = cidr;
    this.#size = 2 ** (32 - Number(bits));
    this.#base = toNumber(address) - (toNumber(address) % this.#size);
  }

  /** Without the network's and the broadcast address. */
  get size(): number {
    return this.#size - 2;
  }

  at(index: number): string {
    const value = this.#base + 1 + index;
    return [24, 16, 8, 0].map(shift => (value / 2 ** shift) & 255).join('.');
  }

  has(address: string): boolean {
    const value = toNumber(address);
    return value > this.#base && value < this.#base + this.#size - 1;
  }
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const needsAddress = ({ spec }: Service): boolean => spec.type !== 'ExternalName' && spec.clusterIP !== HEADLESS;

/** Every service that wants one has an address no other has: claimed and freed in the transaction of its write. */
export const clusterIps = (store: Store, range: AddressRange): AdmissionRule => ({
  async companions(write) {
    if (write.kind !== serviceKind || write.subresource !== '') return undefined;
    const service = write.object as Service; // the kind says so
    if (write.operation === 'delete') return freed(service);
    if (write.operation === 'update') return updated(service, write.prev as Service);
    if (!needsAddress(service)) {
      if (service.spec.clusterIP === HEADLESS) service.spec.clusterIPs = [HEADLESS];
      return undefined;
    }
    return claimed(store, range, write);
  },
});

const allocated = new WeakSet<object>();

async function claimed(store: Store, range: AddressRange, { object }: AdmittedWrite): Promise<Companions> {
  const service = object as Service;
  const isAsked = Boolean(service.spec.clusterIP) && !allocated.has(service);
  if (isAsked) await checkAsked(store, range, service);
  else {
    service.spec.clusterIP = await freeAddress(store, range);
    allocated.add(service);
  }
  const address = service.spec.clusterIP ?? '';
  service.spec.clusterIPs = [address];
  const key = `${ALLOCATIONS}${address}`;
  return {
    compares: [{ key, modRevision: 0 }],
    internal: [{ key, value: Buffer.from(`${service.metadata.namespace}/${service.metadata.name}`) }],
  };
}

async function checkAsked(store: Store, range: AddressRange, service: Service): Promise<void> {
  const { clusterIP = '' } = service.spec;
  const refuse = (detail: string): never => {
    throw invalid(serviceKind, service.metadata.name, [{ fault: 'Invalid', field: 'spec.clusterIPs', value: [clusterIP], detail }]);
  };
  if (!range.has(clusterIP))
    refuse(
      `failed to allocate IP ${clusterIP}: the provided IP (${clusterIP}) is not in the valid range. The range of valid IPs is ${range.text}`,
    );
  if (await store.get(`${ALLOCATIONS}${clusterIP}`)) refuse(`failed to allocate IP ${clusterIP}: provided IP is already allocated`);
}

const ATTEMPTS = 64;

async function freeAddress(store: Store, range: AddressRange): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const address = range.at(1 + Math.floor(Math.random() * (range.size - 1)));
    if (!(await store.get(`${ALLOCATIONS}${address}`))) return address;
  }
  for (let index = 1; index < range.size; index++) {
    if (!(await store.get(`${ALLOCATIONS}${range.at(index)}`))) return range.at(index);
  }
  throw invalid(serviceKind, '', [
    { fault: 'Invalid', field: 'spec.clusterIPs', value: [], detail: `failed to allocate a serviceIP: range ${range.text} is full` },
  ]);
}

function freed({ spec }: Service): Companions | undefined {
  if (!spec.clusterIP || spec.clusterIP === HEADLESS) return undefined;
  return { compares: [], internal: [{ key: `${ALLOCATIONS}${spec.clusterIP}`, value: undefined }] };
}

/** A service keeps its address; only one that turns into an ExternalName gives it back. */
function updated(service: Service, prev: Service): Companions | undefined {
  if (service.spec.type !== 'ExternalName' || !prev.spec.clusterIP) return undefined;
  delete service.spec.clusterIP;
  delete service.spec.clusterIPs;
  return freed(prev);
}
