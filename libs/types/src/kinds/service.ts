import type { Service, ServicePort } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { dropForeign, isReachedFromOutside, keepAllocated } from './service/service-ports.ts';
import { validateService, validateServiceUpdate } from './service/service-validation.ts';

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
  defaults(service) {
    const { spec } = service;
    spec.type ??= 'ClusterIP';
    spec.sessionAffinity ??= 'None';
    if (spec.sessionAffinity === 'ClientIP') spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP';
      port.targetPort ??= port.port;
    }
    if (spec.type === 'ExternalName') return;
    spec.internalTrafficPolicy ??= 'Cluster';
    if (isReachedFromOutside(service)) spec.externalTrafficPolicy ??= 'Cluster';
    // Whoever names one address names it in either place.
    if (spec.clusterIP) spec.clusterIPs ??= [spec.clusterIP];
    else if (spec.clusterIPs?.[0]) [spec.clusterIP] = spec.clusterIPs;
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
  },
  prepareForCreate(draft) {
    draft.status = { loadBalancer: {} };
  },
  prepareForUpdate(draft, prev) {
    dropForeign(draft, prev);
    keepAllocated(draft, prev);
  },
  validate: validateService,
  validateUpdate: validateServiceUpdate,
});
