import { type Faults, invalidValue, notNegative } from './faults.ts';

export type Amount = number | string;

export const isPercentage = (value: Amount | undefined): boolean => typeof value === 'string' && /^\d+%$/.test(value);

/** The number itself, or that before the %. */
export const amountOf = (value: Amount | undefined): number => (typeof value === 'number' ? value : Number.parseInt(value ?? '0', 10));

/** A number that is not negative, or a percentage. */
export function numberOrPercent(field: string, value: Amount | undefined): Faults {
  if (value === undefined) return [];
  if (typeof value === 'number') return notNegative(field, value);
  return isPercentage(value)
    ? []
    : invalidValue(
        field,
        value,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      );
}

export const atMost100Percent = (field: string, value: Amount | undefined): Faults =>
  isPercentage(value) && amountOf(value) > 100 ? invalidValue(field, value, 'must not be greater than 100%') : [];
