import { checkLabelValue, checkQualifiedName } from '@steersman/labels';
import type { LabelSelector } from '../gen/types.ts';
import { checked, each, type Faults, forbidden, invalidValue, required } from './faults.ts';

export const validateLabels = (labels: Readonly<Record<string, string>> | undefined, field: string): Faults =>
  Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...checked(field, key, checkQualifiedName),
    ...checked(field, value, checkLabelValue),
  ]);

const MAX_ANNOTATIONS_BYTES = 256 * 1024;

export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, field: string): Faults {
  const entries = Object.entries(annotations ?? {});
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...entries.flatMap(([key]) => checked(field, key, value => checkQualifiedName(value.toLowerCase()))),
    ...(bytes > MAX_ANNOTATIONS_BYTES
      ? [{ fault: 'TooLong', field, detail: `may not be more than ${MAX_ANNOTATIONS_BYTES} bytes` } as const]
      : []),
  ];
}

export function validateLabelSelector(selector: LabelSelector | undefined, field: string): Faults {
  return [
    ...validateLabels(selector?.matchLabels, `${field}.matchLabels`),
    ...each(selector?.matchExpressions, `${field}.matchExpressions`, ({ key, operator, values = [] }, path) => [
      ...(key === '' ? required(`${path}.key`) : checked(`${path}.key`, key, checkQualifiedName)),
      ...operatorFaults({ operator, values }, path),
      ...values.flatMap((value, at) => checked(`${path}.values[${at}]`, value, checkLabelValue)),
    ]),
  ];
}

function operatorFaults({ operator, values }: { readonly operator: string; readonly values: readonly string[] }, path: string): Faults {
  if (operator === 'In' || operator === 'NotIn')
    return values.length === 0 ? required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'") : [];
  if (operator === 'Exists' || operator === 'DoesNotExist')
    return values.length > 0 ? forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'") : [];
  return invalidValue(`${path}.operator`, operator, 'not a valid selector operator');
}

/** A selector that selects nothing of its own. */
export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
