import { checkQualifiedName } from '@steersman/labels';
import type { LimitRange, LimitRangeItem } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { compareQuantities } from '../quantity.ts';
import { checked, each, type Faults, forbidden, invalidValue, required, unique } from '../validation/faults.ts';

type Amounts = Readonly<Record<string, string>>;

export const limitRangeKind = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  scope: 'Namespaced',
  schema: 'V1LimitRange',
  columns: [
    { name: 'Name', format: 'name', description: 'Name must be unique within a namespace.', value: ({ metadata }) => metadata.name },
    {
      name: 'Created At',
      type: 'date',
      description: 'The time at which the object was created.',
      value: ({ metadata }) => metadata.creationTimestamp ?? '',
    },
  ],
  defaults({ spec }) {
    for (const item of spec.limits ?? []) if (item.type === 'Container') defaultItem(item);
  },
  validate: ({ spec }) => [
    ...unique(
      spec.limits,
      ({ type }) => type,
      at => `spec.limits[${at}].type`,
    ),
    ...each(spec.limits, 'spec.limits', validateItem),
  ],
});

/** What is not said follows from what is: the limit from the maximum, the request from the limit or the minimum. */
function defaultItem(item: LimitRangeItem): void {
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
  if (Object.keys(item.default).length === 0) delete item.default;
  if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest;
}

function validateItem(item: LimitRangeItem, field: string): Faults {
  const { type, min = {}, max = {}, default: limit = {}, defaultRequest: request = {} } = item;
  const pairs: readonly (readonly [low: Amounts, high: Amounts, at: string, words: readonly [string, string]])[] = [
    [min, max, 'min', ['min value', 'max value']],
    [min, request, 'defaultRequest', ['min value', 'default request value']],
    [request, max, 'defaultRequest', ['default request value', 'max value']],
    [request, limit, 'defaultRequest', ['default request value', 'default limit value']],
    [min, limit, 'default', ['min value', 'default value']],
    [limit, max, 'default', ['default value', 'max value']],
  ];
  return [
    ...(type ? checked(`${field}.type`, type, checkQualifiedName) : required(`${field}.type`)),
    ...(type === 'Pod' ? noDefaults(item, field) : []),
    ...(type === 'PersistentVolumeClaim' && min['storage'] === undefined && max['storage'] === undefined
      ? required(`${field}.limits`, 'either minimum or maximum storage value is required, but neither was provided')
      : []),
    ...pairs.flatMap(([low, high, at, words]) => inOrder({ low, high }, `${field}.${at}`, words)),
    ...Object.entries(item.maxLimitRequestRatio ?? {}).flatMap(([name, ratio]) =>
      compareQuantities(ratio, '1') < 0
        ? invalidValue(`${field}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`)
        : [],
    ),
  ];
}

const noDefaults = (item: LimitRangeItem, field: string): Faults =>
  (['default', 'defaultRequest'] as const).flatMap(name =>
    Object.keys(item[name] ?? {}).length > 0 ? forbidden(`${field}.${name}`, "may not be specified when `type` is 'Pod'") : [],
  );

function inOrder(
  { low, high }: { readonly low: Amounts; readonly high: Amounts },
  field: string,
  [lowWords, highWords]: readonly [string, string],
): Faults {
  return Object.entries(low).flatMap(([name, value]) => {
    const other = high[name];
    return other !== undefined && compareQuantities(value, other) > 0
      ? invalidValue(`${field}[${name}]`, value, `${lowWords} ${value} is greater than ${highWords} ${other}`)
      : [];
  });
}
