import type { PolicyRule, RbacSubject } from '@steersman/types';
import { missingRules } from '../rbac/missing-rules.ts';
import { AUTOUPDATE } from './bootstrap-objects.ts';

interface Owned {
  readonly metadata: { readonly annotations?: Record<string, string>; readonly labels?: Record<string, string> };
}

interface WithRules extends Owned {
  readonly rules?: PolicyRule[];
  readonly aggregationRule?: object;
}

interface WithSubjects extends Owned {
  readonly subjects?: RbacSubject[];
}

/** The stored role with what it lacks of ours; undefined when it lacks nothing or its owner keeps it. Nothing is ever taken away. */
export function completedRole<T extends WithRules>(stored: T, wanted: WithRules): T | undefined {
  if (isKept(stored)) return undefined;
  const missing = missingRules(stored.rules ?? [], wanted.rules ?? []);
  const labels = { ...wanted.metadata.labels, ...stored.metadata.labels };
  const aggregation = stored.aggregationRule ?? wanted.aggregationRule;
  if (missing.length === 0 && aggregation === stored.aggregationRule && size(labels) === size(stored.metadata.labels)) return undefined;
  return {
    ...stored,
    metadata: { ...stored.metadata, labels },
    rules: [...(stored.rules ?? []), ...missing],
    ...(aggregation && { aggregationRule: aggregation }),
  };
}

/** Same for a binding and its subjects. */
export function completedBinding<T extends WithSubjects>(stored: T, wanted: WithSubjects): T | undefined {
  if (isKept(stored)) return undefined;
  const known = new Set((stored.subjects ?? []).map(identity));
  const missing = (wanted.subjects ?? []).filter(subject => !known.has(identity(subject)));
  return missing.length === 0 ? undefined : { ...stored, subjects: [...(stored.subjects ?? []), ...missing] };
}

const isKept = ({ metadata }: Owned): boolean => metadata.annotations?.[AUTOUPDATE] === 'false';
const size = (record: object | undefined): number => Object.keys(record ?? {}).length;
const identity = ({ kind, namespace = '', name }: RbacSubject): string => `${kind}/${namespace}/${name}`;
