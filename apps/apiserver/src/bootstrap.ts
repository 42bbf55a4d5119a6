import type { User } from '@steersman/auth';
import { isReason } from '@steersman/status';
import { endpointsKind, endpointSliceKind, type Kind, namespaceKind, serviceKind } from '@steersman/types';
import { SYSTEM_NAMESPACES } from './admission/namespace-lifecycle.ts';
import type { AddressRange } from './admission/cluster-ips.ts';
import type { Handle } from './machine/machine.ts';

const SYSTEM: User = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

export interface BootstrapOptions {
  readonly handle: Handle;
  readonly range: AddressRange;
  /** Where the API is served. */
  readonly address: { readonly host: string; readonly port: number };
  readonly signal: AbortSignal;
}

/** What every cluster has from its first moment on. Runs at each start; only the API's own endpoints are written again. */
export async function bootstrap({ handle, range, address, signal }: BootstrapOptions): Promise<void> {
  const request = (
    kind: Kind,
    verb: 'get' | 'create' | 'update',
    object: { metadata: { namespace?: string; name: string } },
  ): Promise<unknown> =>
    handle({
      user: SYSTEM,
      verb,
      kind,
      subresource: '',
      namespace: object.metadata.namespace ?? '',
      name: verb === 'create' ? '' : object.metadata.name,
      options: new URLSearchParams(),
      body: Buffer.from(JSON.stringify(object)),
      contentType: undefined,
      signal,
    });
  const ensure = async (kind: Kind, object: Parameters<typeof request>[2]): Promise<void> => {
    try {
      await request(kind, 'get', object); // a service that is there holds the address it would ask for, and be refused
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
      await request(kind, 'create', object);
    }
  };
  await Promise.all(SYSTEM_NAMESPACES.map(name => ensure(namespaceKind, { metadata: { name } })));

  const metadata = { namespace: 'default', name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } };
  const ports = [{ name: 'https', protocol: 'TCP', port: 443, targetPort: address.port }];
  await ensure(serviceKind, { metadata, ...{ spec: { type: 'ClusterIP', clusterIP: range.at(0), ports } } });
  const endpoints = {
    metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address.host }], ports: [{ name: 'https', port: address.port, protocol: 'TCP' }] }],
  };
  const slice = {
    metadata: { namespace: 'default', name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: address.host.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [address.host], conditions: { ready: true } }],
    ports: [{ name: 'https', port: address.port, protocol: 'TCP' }],
  };
  await ensure(endpointsKind, endpoints);
  await request(endpointsKind, 'update', endpoints);
  await ensure(endpointSliceKind, slice);
  await request(endpointSliceKind, 'update', slice);
}
