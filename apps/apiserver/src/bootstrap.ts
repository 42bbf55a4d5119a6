import { endpointsKind, endpointSliceKind, namespaceKind, priorityClassKind, serviceKind, SYSTEM_PRIORITY_CLASSES } from '@steersman/types';
import { SYSTEM_NAMESPACES } from './admission/namespace-lifecycle.ts';
import type { AddressRange } from './admission/services/address-range.ts';
import { bootstrapAccess } from './bootstrap-access.ts';
import type { SystemRequests } from './system-requests.ts';

/** What must be there before the first request of anybody is answered: namespaces, priorities, and who may do what. */
export async function bootstrap(requests: SystemRequests): Promise<void> {
  await Promise.all(SYSTEM_NAMESPACES.map(name => requests.ensure(namespaceKind, { metadata: { name } })));
  await Promise.all(SYSTEM_PRIORITY_CLASSES.map(object => requests.ensure(priorityClassKind, object)));
  await bootstrapAccess(requests);
}

export interface OwnServiceOptions {
  readonly requests: SystemRequests;
  readonly range: AddressRange;
  /** Where the API is served. */
  readonly address: { readonly host: string; readonly port: number };
}

/** The service by which pods find the API. Its endpoints are written again at each start. */
export async function publishOwnService({ requests, range, address }: OwnServiceOptions): Promise<void> {
  const metadata = { namespace: 'default', name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } };
  const ports = [{ name: 'https', protocol: 'TCP', port: 443, targetPort: address.port }];
  await requests.ensure(serviceKind, { metadata, ...{ spec: { type: 'ClusterIP', clusterIP: range.at(0), ports } } });
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
  await requests.ensure(endpointsKind, endpoints);
  await requests.update(endpointsKind, endpoints);
  await requests.ensure(endpointSliceKind, slice);
  await requests.update(endpointSliceKind, slice);
}
