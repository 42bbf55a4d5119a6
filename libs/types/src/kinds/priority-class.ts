import { ageColumn } from '../age-column.ts';
import type { PriorityClass } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { type Faults, forbidden, oneOf } from '../validation/faults.ts';

const MAX_USER_PRIORITY = 1_000_000_000;
const SYSTEM_PREFIX = 'system-';

/** Classes every cluster has; no other may have a name that begins like theirs. */
export const SYSTEM_PRIORITY_CLASSES = [
  {
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
] as const;

export const priorityClassKind = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  scope: 'Cluster',
  schema: 'V1PriorityClass',
  generation: true,
  columns: [
    {
      name: 'Value',
      type: 'integer',
      description: 'The value of this priority class.',
      value: ({ value = 0 }) => value,
    },
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether this class is the default of pods that name none.',
      value: ({ globalDefault = false }) => globalDefault,
    },
    ageColumn,
    {
      name: 'PreemptionPolicy',
      description: 'Whether pods of this class may take the place of others.',
      value: ({ preemptionPolicy }) => preemptionPolicy ?? '',
    },
  ],
  defaults(draft) {
    draft.value ??= 0;
    draft.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate: priorityClass => [
    ...validateValue(priorityClass),
    ...oneOf('preemptionPolicy', priorityClass.preemptionPolicy, ['Never', 'PreemptLowerPriority']),
  ],
  validateUpdate: (next, prev) => [
    ...(next.value === prev.value ? [] : forbidden('value', 'may not be changed in an update.')),
    ...(next.preemptionPolicy === prev.preemptionPolicy ? [] : forbidden('preemptionPolicy', 'may not be changed in an update.')),
  ],
});

function validateValue({ metadata: { name }, value = 0, globalDefault = false }: PriorityClass): Faults {
  if (!name.startsWith(SYSTEM_PREFIX))
    return value > MAX_USER_PRIORITY ? forbidden('value', `maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`) : [];
  const known = SYSTEM_PRIORITY_CLASSES.find(({ metadata }) => metadata.name === name);
  const fault = !known
    ? `${name} is not a known system priority class`
    : known.value !== value
      ? `value of ${name} PriorityClass must be ${known.value}`
      : globalDefault
        ? `globalDefault of ${name} PriorityClass must be false`
        : undefined;
  return fault === undefined
    ? []
    : forbidden('metadata.name', `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${fault}`);
}
