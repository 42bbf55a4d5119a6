import type { Informer } from '@steersman/client';
import { type EndpointPort, type Key, keyOf, type Pod, type Service, type ServicePort } from '@steersman/types';

export const hasSelector = ({ spec }: Service): boolean => spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;

export const selects = (service: Service, { metadata: { labels = {} } }: Pod): boolean =>
  hasSelector(service) && Object.entries(service.spec.selector ?? {}).every(([key, value]) => labels[key] === value);

/** The Services that send to a pod. */
export const servicesOf = (services: Informer<Service>, pod: Pod): readonly Key[] =>
  services.list(pod.metadata.namespace).flatMap(service => (selects(service, pod) ? [keyOf(service)] : []));

/** The name DNS gives the pod under a headless Service. */
export const publishedHostname = ({ metadata }: Service, { hostname, subdomain }: Pod['spec']): string | undefined =>
  hostname && subdomain === metadata.name ? hostname : undefined;

/** Undefined when the pod serves none of them; a headless Service may have no ports at all. */
export function portsOf({ spec }: Service, pod: Pod): readonly EndpointPort[] | undefined {
  const wanted = spec.ports ?? [];
  const found = wanted.flatMap(port => {
    const number = targetOf(port, pod);
    if (number === undefined) return [];
    return [
      {
        ...(port.name && { name: port.name }),
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol && { appProtocol: port.appProtocol }),
      },
    ];
  });
  if (found.length === 0 && (wanted.length > 0 || spec.clusterIP !== 'None')) return undefined;
  return found.sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}

function targetOf({ port, targetPort = port, protocol = 'TCP' }: ServicePort, { spec }: Pod): number | undefined {
  if (typeof targetPort === 'number') return targetPort === 0 ? port : targetPort;
  const restartable = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const named = [...spec.containers, ...restartable]
    .flatMap(({ ports = [] }) => ports)
    .find(candidate => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol);
  return named?.containerPort;
}
