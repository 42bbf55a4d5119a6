import type { EndpointSlice, Service } from '@steersman/types';
import type { PodHost } from './network.ts';

export type Spec = Partial<Service['spec']>;
export const service = (spec: Spec, status: Service['status'] = {}): Service => ({
  metadata: { name: 'web', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { clusterIP: '10.96.0.10', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  status,
});

export const slice = (pods: readonly PodHost[], { v6 = false, protocol = 'TCP' } = {}): EndpointSlice => ({
  metadata: { name: 'web-1', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  addressType: v6 ? 'IPv6' : 'IPv4',
  ports: [{ port: 8080, protocol, name: '' }],
  endpoints: pods.map(({ name, ip, ip6 }) => ({
    addresses: [v6 ? ip6 : ip],
    nodeName: name === 'c' ? 'n2' : 'n1',
    conditions: { ready: true },
  })),
});

/** Who answers when asked often, sorted. */
export async function who(ask: () => Promise<string>, times = 24): Promise<string> {
  const answers = new Set<string>();
  for (let at = 0; at < times; at++) answers.add((await ask()).split(' ')[0] ?? '');
  return [...answers].sort().join();
}
