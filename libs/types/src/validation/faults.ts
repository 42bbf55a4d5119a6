import type { FieldError } from '../field-error.ts';

/*
 * The shapes of faults, in the words of upstream's field package. All return a list, so that checks compose with spread.
 */

export type Faults = readonly FieldError[];

export const required = (field: string, detail = ''): Faults => [{ fault: 'Required', field, detail }];
export const invalidValue = (field: string, value: unknown, detail: string): Faults => [{ fault: 'Invalid', field, detail, value }];
export const forbidden = (field: string, detail: string): Faults => [{ fault: 'Forbidden', field, detail }];
export const duplicate = (field: string, value: unknown): Faults => [{ fault: 'Duplicate', field, detail: '', value }];
export const notFound = (field: string, value: unknown): Faults => [{ fault: 'NotFound', field, detail: '', value }];
export const tooLong = (field: string, maxBytes: number): Faults => [
  { fault: 'TooLong', field, detail: `may not be more than ${maxBytes} bytes` },
];

export const tooMany = (field: string, count: number, max: number): Faults =>
  count > max ? [{ fault: 'TooMany', field, value: count, detail: `must have at most ${max} items` }] : [];

/** The value must be one of `supported`. */
export const oneOf = (field: string, value: string | undefined, supported: readonly string[]): Faults =>
  value !== undefined && supported.includes(value)
    ? []
    : [
        {
          fault: 'NotSupported',
          field,
          value: value ?? '',
          detail: `supported values: ${[...supported]
            .sort()
            .map(name => JSON.stringify(name))
            .join(', ')}`,
        },
      ];

/** Upstream's words for each fault that a check of a name finds. */
export const checked = (field: string, value: string, check: (value: string) => readonly string[]): Faults =>
  check(value).flatMap(detail => invalidValue(field, value, detail));

export const notNegative = (field: string, value: number | undefined): Faults =>
  value !== undefined && value < 0 ? invalidValue(field, value, 'must be greater than or equal to 0') : [];

export const portNumber = (field: string, value: number): Faults =>
  Number.isInteger(value) && value >= 1 && value <= 65_535 ? [] : invalidValue(field, value, 'must be between 1 and 65535, inclusive');

const PORT_NAME = /^[-a-z0-9]+$/;

/** IANA_SVC_NAME (RFC 6335). */
export function checkPortName(value: string): readonly string[] {
  return [
    ...(value.length > 15 ? ['must be no more than 15 characters'] : []),
    ...(PORT_NAME.test(value) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
    ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(value.startsWith('-') || value.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
  ];
}

export const portNumberOrName = (field: string, value: number | string): Faults =>
  typeof value === 'number' ? portNumber(field, value) : checked(field, value, checkPortName);

/** Runs `check` on each item under its path. */
export const each = <T>(items: readonly T[] | undefined, field: string, check: (item: T, field: string, at: number) => Faults): Faults =>
  (items ?? []).flatMap((item, at) => check(item, `${field}[${at}]`, at));

/** Faults for every item whose key an earlier one has. */
export function unique<T>(items: readonly T[] | undefined, key: (item: T) => string | undefined, at: (index: number) => string): Faults {
  const seen = new Set<string>();
  return (items ?? []).flatMap((item, index) => {
    const value = key(item);
    if (value === undefined || value === '') return [];
    if (seen.has(value)) return duplicate(at(index), value);
    seen.add(value);
    return [];
  });
}

/** The field cannot change once it is set. */
export const immutable = (field: string, changed: boolean, value: unknown): Faults =>
  changed ? invalidValue(field, value, 'field is immutable') : [];
