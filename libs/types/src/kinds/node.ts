import type { Node } from '../gen/types.ts';
import { ageColumn } from '../age-column.ts';
import { defineKind } from '../kind.ts';
import { checkQualifiedName } from '@steersman/labels';
import { checked, each, immutable, oneOf, required, unique } from '../validation/faults.ts';

const NONE = '<none>';
const ROLE = 'node-role.kubernetes.io/';

function status({ status: { conditions }, spec: { unschedulable } }: Node): string {
  const ready = conditions?.find(({ type }) => type === 'Ready');
  const shown = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return unschedulable ? `${shown},SchedulingDisabled` : shown;
}

function roles({ metadata: { labels = {} } }: Node): string {
  const found = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(ROLE)) return key.length > ROLE.length ? [key.slice(ROLE.length)] : [];
    return key === 'kubernetes.io/role' && value ? [value] : [];
  });
  return [...new Set(found)].sort().join(',') || NONE;
}

const address = ({ status: { addresses } }: Node, type: string): string => addresses?.find(found => found.type === type)?.address ?? NONE;
const info = ({ status: { nodeInfo } }: Node, field: 'osImage' | 'kernelVersion' | 'containerRuntimeVersion'): string =>
  nodeInfo?.[field] || '<unknown>';

export const nodeKind = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  scope: 'Cluster',
  schema: 'V1Node',
  subresources: [{ name: 'status' }],
  generation: false,
  columns: [
    { name: 'Status', description: 'The status of the node', value: status },
    { name: 'Roles', description: 'The roles of the node', value: roles },
    ageColumn,
    {
      name: 'Version',
      description: 'Kubelet Version reported by the node.',
      value: ({ status: { nodeInfo } }) => nodeInfo?.kubeletVersion ?? '',
    },
    { name: 'Internal-IP', priority: 1, description: 'Address of the node inside the cluster', value: node => address(node, 'InternalIP') },
    {
      name: 'External-IP',
      priority: 1,
      description: 'Address of the node outside the cluster',
      value: node => address(node, 'ExternalIP'),
    },
    { name: 'OS-Image', priority: 1, description: 'OS Image reported by the node', value: node => info(node, 'osImage') },
    { name: 'Kernel-Version', priority: 1, description: 'Kernel Version reported by the node', value: node => info(node, 'kernelVersion') },
    {
      name: 'Container-Runtime',
      priority: 1,
      description: 'Container runtime of the node',
      value: node => info(node, 'containerRuntimeVersion'),
    },
  ],
  selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec.unschedulable ?? false) },
  validate({ spec }) {
    return [
      ...each(spec.taints, 'spec.taints', ({ key, effect }, field) => [
        ...(key ? checked(`${field}.key`, key, checkQualifiedName) : required(`${field}.key`)),
        ...oneOf(`${field}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
      ]),
      ...unique(
        spec.taints,
        ({ key, effect }) => `${key}:${effect}`,
        at => `spec.taints[${at}]`,
      ),
    ];
  },
  validateUpdate: (next, prev) => [
    ...immutable('spec.podCIDR', prev.spec.podCIDR !== undefined && next.spec.podCIDR !== prev.spec.podCIDR, next.spec.podCIDR),
    ...immutable(
      'spec.providerID',
      prev.spec.providerID !== undefined && next.spec.providerID !== prev.spec.providerID,
      next.spec.providerID,
    ),
  ],
});
