import type { Service, ServicePort } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { checkLabelName } from '@steersman/labels';
import {
  checked,
  each,
  type Faults,
  immutable,
  invalidValue,
  oneOf,
  portNumber,
  portNumberOrName,
  required,
  unique,
} from '../validation/faults.ts';
import { validateLabels } from '../validation/labels.ts';

const NONE = '<none>';

function externalIp({ spec, status }: Service): string {
  const given = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type !== 'LoadBalancer') return given.join(',') || NONE;
  const ingress = (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').filter(Boolean);
  return [...ingress, ...given].join(',') || '<pending>';
}

const portText = ({ port, nodePort, protocol }: ServicePort): string => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`;

export const formatSelector = (labels: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || NONE;

export const serviceKind = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  scope: 'Namespaced',
  names: 'Dns1035Label',
  schema: 'V1Service',
  subresources: [{ name: 'status' }],
  generation: false,
  columns: [
    { name: 'Type', description: 'How the Service is exposed.', value: ({ spec }) => spec.type ?? '' },
    { name: 'Cluster-IP', description: 'Address of the Service inside the cluster.', value: ({ spec }) => spec.clusterIP || NONE },
    { name: 'External-IP', description: 'Address of the Service outside the cluster.', value: externalIp },
    {
      name: 'Port(s)',
      description: 'The list of ports that are exposed by this service.',
      value: ({ spec }) => (spec.ports ?? []).map(portText).join(',') || NONE,
    },
    {
      name: 'Selector',
      priority: 1,
      description: 'Route service traffic to pods with label keys and values matching this selector.',
      value: ({ spec }) => formatSelector(spec.selector),
    },
  ],
  selectableFields: { 'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '', 'spec.type': ({ spec }) => spec.type ?? '' },
  defaults({ spec }) {
    spec.type ??= 'ClusterIP';
    spec.sessionAffinity ??= 'None';
    if (spec.sessionAffinity === 'ClientIP') spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP';
      port.targetPort ??= port.port;
    }
    if (spec.type === 'ExternalName') return;
    spec.internalTrafficPolicy ??= 'Cluster';
    if (spec.type !== 'ClusterIP') spec.externalTrafficPolicy ??= 'Cluster';
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
  },
  prepareForCreate(draft) {
    draft.status = { loadBalancer: {} };
  },
  /** What the API gave stays when the client does not say. */
  prepareForUpdate(draft, prev) {
    if (draft.spec.type === 'ExternalName') return;
    if (prev.spec.clusterIP !== undefined) draft.spec.clusterIP ??= prev.spec.clusterIP;
    if (prev.spec.clusterIPs !== undefined) draft.spec.clusterIPs ??= prev.spec.clusterIPs;
  },
  validate: ({ spec }) => [...validatePorts(spec.ports, spec), ...validateSpec(spec)],
  validateUpdate: (next, prev) =>
    next.spec.type === 'ExternalName' || prev.spec.type === 'ExternalName'
      ? []
      : immutable('spec.clusterIP', next.spec.clusterIP !== prev.spec.clusterIP, next.spec.clusterIP),
});

function validateSpec(spec: Service['spec']): Faults {
  return [
    ...oneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...(spec.type === 'ExternalName' && !spec.externalName ? required('spec.externalName') : []),
    ...(spec.clusterIP && spec.clusterIP !== 'None' && !/^\d+(\.\d+){3}$/.test(spec.clusterIP) && !spec.clusterIP.includes(':')
      ? invalidValue('spec.clusterIPs[0]', spec.clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')
      : []),
  ];
}

function validatePorts(ports: readonly ServicePort[] | undefined, { type, clusterIP }: Service['spec']): Faults {
  const mayBeEmpty = clusterIP === 'None' || type === 'ExternalName';
  return [
    ...((ports ?? []).length === 0 && !mayBeEmpty ? required('spec.ports') : []),
    ...each(ports, 'spec.ports', ({ name, port, protocol, targetPort, nodePort }, field) => [
      ...((ports?.length ?? 0) > 1 && !name ? required(`${field}.name`) : []),
      ...(name ? checked(`${field}.name`, name, checkLabelName) : []),
      ...portNumber(`${field}.port`, port),
      ...oneOf(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
      ...(targetPort === undefined ? [] : portNumberOrName(`${field}.targetPort`, targetPort)),
      ...(nodePort === undefined || nodePort === 0 ? [] : portNumber(`${field}.nodePort`, nodePort)),
    ]),
    ...unique(
      ports,
      ({ name }) => name,
      at => `spec.ports[${at}].name`,
    ),
  ];
}
