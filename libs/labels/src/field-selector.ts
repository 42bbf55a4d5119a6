import { StatusError } from '@steersman/status';

/** All parts must hold. */
export interface FieldSelector {
  readonly equals: Readonly<Record<string, string>>;
  readonly notEquals: readonly (readonly [field: string, value: string])[];
  /** The same field was asked for with two values: nothing can match. */
  readonly contradicts: boolean;
}

/** `status.phase!=Running,spec.nodeName=a`; `\` escapes comma, equals sign and backslash. Throws BadRequest. */
export function parseFieldSelector(text: string): FieldSelector {
  const equals: Record<string, string> = {};
  const notEquals: (readonly [string, string])[] = [];
  let contradicts = false;
  for (const term of splitTerms(text)) {
    if (term === '') continue;
    const [, field, operator, value] = /^((?:[^\\=!]|\\.)*)(!=|==|=)([^]*)$/.exec(term) ?? [];
    if (field === undefined || value === undefined)
      throw new StatusError('BadRequest', `invalid selector: '${text}'; can't understand '${term}'`);
    const wanted = unescape(value, text);
    if (operator === '!=') notEquals.push([field, wanted]);
    else {
      contradicts ||= Object.hasOwn(equals, field) && equals[field] !== wanted;
      equals[field] = wanted;
    }
  }
  return { equals, notEquals, contradicts };
}

const splitTerms = (text: string): readonly string[] => text.match(/(?:[^\\,]|\\[^])+/g) ?? [];

function unescape(value: string, text: string): string {
  return value.replaceAll(/\\([^])/g, (_, escaped: string) => {
    if (['\\', ',', '='].includes(escaped)) return escaped;
    throw new StatusError('BadRequest', `invalid field selector: invalid escape sequence: \\${escaped} in '${text}'`);
  });
}
