import type { Service, ServicePort } from '../../gen/types.ts';

/** Whether every port of the service gets a port of the nodes. */
export const needsNodePorts = ({ spec }: Service): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

export const needsHealthPort = ({ spec }: Service): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

export const isReachedFromOutside = ({ spec }: Service): boolean =>
  spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);

/** What the API gave stays when the client does not say. */
export function keepAllocated(draft: Service, prev: Service): void {
  if (draft.spec.type !== 'ExternalName' && prev.spec.type !== 'ExternalName') {
    if (prev.spec.clusterIP !== undefined) draft.spec.clusterIP ||= prev.spec.clusterIP;
    if (prev.spec.clusterIPs !== undefined) draft.spec.clusterIPs ??= prev.spec.clusterIPs;
  }
  if (needsNodePorts(draft) && needsNodePorts(prev)) keepNodePorts(draft.spec.ports ?? [], prev.spec.ports ?? []);
  if (needsHealthPort(draft) && needsHealthPort(prev) && prev.spec.healthCheckNodePort !== undefined)
    draft.spec.healthCheckNodePort ||= prev.spec.healthCheckNodePort;
}

const samePort = (a: ServicePort, b: ServicePort): boolean => a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');

function keepNodePorts(ports: readonly ServicePort[], before: readonly ServicePort[]): void {
  const used = new Set(ports.map(({ nodePort }) => nodePort));
  for (const port of ports) {
    const known = before.find(other => samePort(other, port))?.nodePort;
    if (!port.nodePort && known && !used.has(known)) port.nodePort = known;
  }
}

/** What belonged to the former type goes with it, unless the client asks for it anew. */
export function dropForeign(draft: Service, prev: Service): void {
  const { spec } = draft;
  if (spec.type === 'ExternalName' && prev.spec.type !== 'ExternalName' && (spec.clusterIP ?? '') === (prev.spec.clusterIP ?? '')) {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const) delete spec[field];
  }
  if (!needsNodePorts(draft) && needsNodePorts(prev) && sameNodePorts(spec.ports, prev.spec.ports))
    for (const port of spec.ports ?? []) delete port.nodePort;
  if (!needsHealthPort(draft) && spec.healthCheckNodePort === prev.spec.healthCheckNodePort) delete spec.healthCheckNodePort;
  if (!isReachedFromOutside(draft) && spec.externalTrafficPolicy === prev.spec.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  if (spec.type !== 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === prev.spec.allocateLoadBalancerNodePorts)
    delete spec.allocateLoadBalancerNodePorts;
}

function sameNodePorts(after: readonly ServicePort[] | undefined, before: readonly ServicePort[] | undefined): boolean {
  const known = new Set((before ?? []).map(({ nodePort }) => nodePort));
  return (after ?? []).every(({ nodePort }) => !nodePort || known.has(nodePort));
}
