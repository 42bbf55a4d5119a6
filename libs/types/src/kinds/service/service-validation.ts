import { checkLabelName } from '@steersman/labels';
import type { Service, ServicePort } from '../../gen/types.ts';
import {
  checked,
  duplicate,
  each,
  type Faults,
  forbidden,
  immutable,
  invalidValue,
  oneOf,
  portNumber,
  portNumberOrName,
  required,
  unique,
} from '../../validation/faults.ts';
import { validateLabels } from '../../validation/labels.ts';
import { isReachedFromOutside, needsHealthPort } from './service-ports.ts';

const HEADLESS = 'None';

export const validateService = (service: Service): Faults => [
  ...validatePorts(service.spec.ports, service.spec),
  ...validateSpec(service.spec),
  ...validateAddresses(service.spec),
  ...validatePolicies(service),
];

function validateSpec(spec: Service['spec']): Faults {
  return [
    ...oneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...(spec.type === 'ExternalName' && !spec.externalName ? required('spec.externalName') : []),
  ];
}

/** This cluster has one family of addresses. */
function validateAddresses({ type, clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy }: Service['spec']): Faults {
  if (type === 'ExternalName') return clusterIP ? forbidden('spec.clusterIPs', "may not be set when `type` is 'ExternalName'") : [];
  return [
    ...(clusterIP === HEADLESS && type !== 'ClusterIP'
      ? invalidValue('spec.clusterIPs[0]', clusterIP, `may not be set to 'None' for ${type} services`)
      : []),
    ...(clusterIP && clusterIP !== HEADLESS && !/^\d+(\.\d+){3}$/.test(clusterIP) && !clusterIP.includes(':')
      ? invalidValue('spec.clusterIPs[0]', clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')
      : []),
    ...(clusterIP && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP
      ? invalidValue('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`')
      : []),
    ...each(ipFamilies, 'spec.ipFamilies', (family, field) =>
      family === 'IPv6' ? invalidValue(field, family, 'not configured on this cluster') : oneOf(field, family, ['IPv4', 'IPv6']),
    ),
    ...(ipFamilyPolicy === 'RequireDualStack'
      ? invalidValue('spec.ipFamilyPolicy', ipFamilyPolicy, 'this cluster is not configured for dual-stack services')
      : []),
  ];
}

function validatePolicies(service: Service): Faults {
  const { externalTrafficPolicy, internalTrafficPolicy, healthCheckNodePort } = service.spec;
  return [
    ...(externalTrafficPolicy === undefined
      ? []
      : isReachedFromOutside(service)
        ? oneOf('spec.externalTrafficPolicy', externalTrafficPolicy, ['Cluster', 'Local'])
        : invalidValue('spec.externalTrafficPolicy', externalTrafficPolicy, 'may only be set for externally-accessible services')),
    ...(internalTrafficPolicy === undefined ? [] : oneOf('spec.internalTrafficPolicy', internalTrafficPolicy, ['Cluster', 'Local'])),
    ...(healthCheckNodePort && !needsHealthPort(service)
      ? invalidValue(
          'spec.healthCheckNodePort',
          healthCheckNodePort,
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
        )
      : []),
  ];
}

function validatePorts(ports: readonly ServicePort[] | undefined, { type, clusterIP }: Service['spec']): Faults {
  const mayBeEmpty = clusterIP === HEADLESS || type === 'ExternalName';
  return [
    ...((ports ?? []).length === 0 && !mayBeEmpty ? required('spec.ports') : []),
    ...each(ports, 'spec.ports', ({ name, port, protocol, targetPort, nodePort }, field) => [
      ...((ports?.length ?? 0) > 1 && !name ? required(`${field}.name`) : []),
      ...(name ? checked(`${field}.name`, name, checkLabelName) : []),
      ...portNumber(`${field}.port`, port),
      ...oneOf(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
      ...(targetPort === undefined ? [] : portNumberOrName(`${field}.targetPort`, targetPort)),
      ...(nodePort ? portNumber(`${field}.nodePort`, nodePort) : []),
      ...(nodePort && (type === 'ClusterIP' || type === 'ExternalName')
        ? forbidden(`${field}.nodePort`, `may not be used when \`type\` is '${type}'`)
        : []),
    ]),
    ...unique(
      ports,
      ({ name }) => name,
      at => `spec.ports[${at}].name`,
    ),
    ...repeated(ports, ({ port, protocol = 'TCP' }) => ({ protocol, port, targetPort: 0 }), ''),
    ...repeated(
      ports,
      ({ nodePort, protocol = 'TCP' }) => (nodePort ? { protocol, port: 0, targetPort: 0, nodePort } : undefined),
      '.nodePort',
    ),
  ];
}

/** Upstream shows the whole key of what stands there twice. */
function repeated(ports: readonly ServicePort[] | undefined, key: (port: ServicePort) => object | undefined, suffix: string): Faults {
  const seen = new Set<string>();
  return (ports ?? []).flatMap((port, at) => {
    const found = key(port);
    if (!found) return [];
    const text = JSON.stringify(found);
    if (seen.has(text)) return duplicate(`spec.ports[${at}]${suffix}`, found);
    seen.add(text);
    return [];
  });
}

export function validateServiceUpdate(next: Service, prev: Service): Faults {
  const [after, before] = [next.spec, prev.spec];
  const keepsAddress = after.type !== 'ExternalName' && before.type !== 'ExternalName';
  return [
    ...(keepsAddress && before.clusterIP && after.clusterIP !== before.clusterIP
      ? invalidValue('spec.clusterIPs[0]', [after.clusterIP ?? ''], 'may not change once set')
      : []),
    ...(needsHealthPort(next) && needsHealthPort(prev)
      ? immutable('spec.healthCheckNodePort', after.healthCheckNodePort !== before.healthCheckNodePort, after.healthCheckNodePort)
      : []),
  ];
}
