import { checkQualifiedName } from '@steersman/labels';
import type { ResourceQuota, ResourceQuotaSpec } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { jsonEquals } from '../patch/pointer.ts';
import { parseQuantity } from '../quantity.ts';
import { checked, each, type Faults, immutable, invalidValue, oneOf, required } from '../validation/faults.ts';

const SCOPES = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage', 'storage'];
/** Counted under their own names; everything else is `count/<resource>`. */
export const COUNTED_BY_NAME = [
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
] as const;
const NAMED = [...COUNTED_BY_NAME, 'services.nodeports', 'services.loadbalancers', ...COMPUTE];

export const resourceQuotaKind = defineKind<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  scope: 'Namespaced',
  schema: 'V1ResourceQuota',
  subresources: [{ name: 'status' }],
  generation: false,
  columns: [
    { name: 'Request', description: 'Used and allowed amounts, but for limits.', value: quota => amounts(quota, { limits: false }) },
    { name: 'Limit', description: 'Used and allowed amounts of limits.', value: quota => amounts(quota, { limits: true }) },
  ],
  validate: ({ spec }) => [
    ...Object.entries(spec.hard ?? {}).flatMap(([name, quantity]) => validateAmount(name, quantity)),
    ...each(spec.scopes, 'spec.scopes', (scope, field) => oneOf(field, scope, SCOPES)),
    ...each(spec.scopeSelector?.matchExpressions, 'spec.scopeSelector.matchExpressions', ({ scopeName, operator, values = [] }, field) => [
      ...oneOf(`${field}.scopeName`, scopeName, SCOPES),
      ...oneOf(`${field}.operator`, operator, ['DoesNotExist', 'Exists', 'In', 'NotIn']),
      ...(['In', 'NotIn'].includes(operator) && values.length === 0
        ? required(`${field}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
        : []),
    ]),
  ],
  validateUpdate: (next, prev) => [
    ...immutable('spec.scopes', !jsonEquals(sortedScopes(next.spec), sortedScopes(prev.spec)), next.spec.scopes),
    ...immutable('spec.scopeSelector', !jsonEquals(next.spec.scopeSelector, prev.spec.scopeSelector), next.spec.scopeSelector),
  ],
});

const sortedScopes = ({ scopes = [] }: ResourceQuotaSpec): string[] => [...scopes].sort();

function amounts({ status: { hard = {}, used = {} } }: ResourceQuota, { limits }: { readonly limits: boolean }): string {
  return Object.keys(hard)
    .sort()
    .filter(name => name.startsWith('limits.') === limits)
    .map(name => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ');
}

function validateAmount(name: string, quantity: string): Faults {
  const field = `spec.hard[${name}]`;
  const nano = parseQuantity(quantity)?.nano ?? 0n;
  const isCount = name.startsWith('count/') || (COUNTED_BY_NAME as readonly string[]).includes(name) || name.startsWith('services.');
  return [
    ...checked(field, name, checkQualifiedName),
    ...(isKnown(name) ? [] : invalidValue(field, name, 'must be a standard resource for quota')),
    ...(nano < 0n ? invalidValue(field, quantity, 'must be greater than or equal to 0') : []),
    ...(isCount && nano % 1_000_000_000n !== 0n ? invalidValue(field, quantity, 'must be an integer') : []),
  ];
}

const isKnown = (name: string): boolean =>
  name.includes('/') ||
  NAMED.includes(name) ||
  /^(requests|limits)\.(cpu|memory|ephemeral-storage|storage|hugepages-.+)$/.test(name) ||
  name.startsWith('hugepages-');
