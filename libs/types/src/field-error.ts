import { StatusError, type StatusCause } from '@steersman/status';

/** The kinds of fault upstream tells apart, with the reason and the opening words kubectl users know. */
const FAULTS = {
  Required: { reason: 'FieldValueRequired', words: 'Required value' },
  Invalid: { reason: 'FieldValueInvalid', words: 'Invalid value' },
  Duplicate: { reason: 'FieldValueDuplicate', words: 'Duplicate value' },
  NotSupported: { reason: 'FieldValueNotSupported', words: 'Unsupported value' },
  NotFound: { reason: 'FieldValueNotFound', words: 'Not found' },
  Forbidden: { reason: 'FieldValueForbidden', words: 'Forbidden' },
  TooLong: { reason: 'FieldValueTooLong', words: 'Too long' },
  TooMany: { reason: 'FieldValueTooMany', words: 'Too many' },
  TypeInvalid: { reason: 'FieldValueTypeInvalid', words: 'Invalid value' },
} as const;

export interface FieldError {
  readonly fault: keyof typeof FAULTS;
  /** A path such as `spec.containers[0].ports[1].containerPort`. */
  readonly field: string;
  readonly detail: string;
  /** Shown for all but Required, Forbidden and TooLong. */
  readonly value?: unknown;
}

const WITHOUT_VALUE: readonly FieldError['fault'][] = ['Required', 'Forbidden', 'TooLong'];

/** Upstream's text: `Invalid value: "x": must be ...`. */
export function messageOf({ fault, detail, value }: FieldError): string {
  const { words } = FAULTS[fault];
  const shown = WITHOUT_VALUE.includes(fault) ? words : `${words}: ${goValue(value)}`;
  return detail === '' ? shown : `${shown}: ${detail}`;
}

/** The 422 answer: every fault as a cause, and all of them in the message, as upstream words it. */
export function invalid(kind: { readonly group: string; readonly kind: string }, name: string, errors: readonly FieldError[]): StatusError {
  const causes: StatusCause[] = errors.map(error => ({
    reason: FAULTS[error.fault].reason,
    message: messageOf(error),
    field: error.field,
  }));
  const lines = errors.map(error => `${error.field}: ${messageOf(error)}`);
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return new StatusError('Invalid', `${qualified} ${JSON.stringify(name)} is invalid: ${text}`, {
    details: { name, ...(kind.group && { group: kind.group }), kind: kind.kind, causes },
  });
}

const goValue = (value: unknown): string => (value === undefined || value === null ? 'null' : JSON.stringify(value));
