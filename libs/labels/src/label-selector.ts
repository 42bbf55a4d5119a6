import { StatusError } from '@steersman/status';
import { checkLabelValue, checkQualifiedName } from './names.ts';

export type Labels = Readonly<Record<string, string>>;

export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'GreaterThan' | 'LessThan';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** metav1.LabelSelector, as it stands in specs. */
export interface LabelSelectorSpec {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

export class LabelSelector {
  readonly requirements: readonly LabelRequirement[];

  constructor(requirements: readonly LabelRequirement[]) {
    this.requirements = requirements;
  }

  /** Selects everything. */
  get isEmpty(): boolean {
    return this.requirements.length === 0;
  }

  matches(labels: Labels): boolean {
    return this.requirements.every(requirement => holds(requirement, labels));
  }

  /** The string form that `parseLabelSelector` reads. */
  toString(): string {
    return this.requirements.map(write).join(',');
  }
}

function holds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'GreaterThan':
      return isInteger(value) && Number(value) > Number(values[0]);
    case 'LessThan':
      return isInteger(value) && Number(value) < Number(values[0]);
  }
}

const isInteger = (value: string | undefined): boolean => value !== undefined && /^-?\d+$/.test(value);

function write({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'GreaterThan':
      return `${key}>${values[0]}`;
    case 'LessThan':
      return `${key}<${values[0]}`;
  }
}

/** Operators of a spec that is valid; a selector without requirements selects everything, as in upstream. */
export function labelSelectorFrom({ matchLabels = {}, matchExpressions = [] }: LabelSelectorSpec): LabelSelector {
  return new LabelSelector([
    ...Object.entries(matchLabels).map(([key, value]): LabelRequirement => ({ key, operator: 'In', values: [value] })),
    ...matchExpressions.map(({ key, operator, values = [] }): LabelRequirement => ({ key, operator: operator as LabelOperator, values })),
  ]);
}

const TOKEN = /\s*(?:(!=|==|=|!|>|<|\(|\)|,)|([^\s!=<>(),]+))/y;

/** The query form: `app=web,tier in (front,back),!canary`. Throws BadRequest. */
export function parseLabelSelector(text: string): LabelSelector {
  const parser = new Parser(tokenize(text), text);
  return new LabelSelector(parser.requirements());
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (!match) throw refuse(text, 'it cannot be read');
    tokens.push(match[1] ?? match[2] ?? '');
  }
  return tokens;
}

const refuse = (text: string, why: string): StatusError =>
  new StatusError('BadRequest', `unable to parse requirement: ${why} (selector ${JSON.stringify(text)})`);

const isWord = (token: string | undefined): token is string => token !== undefined && !/^(!=|==|=|!|>|<|\(|\)|,)$/.test(token);

class Parser {
  readonly #tokens: readonly string[];
  readonly #text: string;
  #at = 0;

  constructor(tokens: readonly string[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  requirements(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    while (this.#at < this.#tokens.length) {
      if (requirements.length > 0) this.#expect(',');
      requirements.push(this.#requirement());
    }
    return requirements;
  }

  #requirement(): LabelRequirement {
    if (this.#take('!')) return this.#checked(this.#key(), 'DoesNotExist', []);
    const key = this.#key();
    const next = this.#tokens[this.#at];
    if (next === undefined || next === ',') return this.#checked(key, 'Exists', []);
    this.#at++;
    if (next === '=' || next === '==') return this.#checked(key, 'In', [this.#value()]);
    if (next === '!=') return this.#checked(key, 'NotIn', [this.#value()]);
    if (next === 'in') return this.#checked(key, 'In', this.#values());
    if (next === 'notin') return this.#checked(key, 'NotIn', this.#values());
    if (next === '>' || next === '<') return this.#checked(key, next === '>' ? 'GreaterThan' : 'LessThan', [this.#integer()]);
    throw refuse(this.#text, `found '${next}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #checked(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
    const [fault] = checkQualifiedName(key);
    if (fault !== undefined) throw refuse(this.#text, `key: Invalid value: ${JSON.stringify(key)}: ${fault}`);
    for (const value of values) {
      const [wrong] = operator === 'GreaterThan' || operator === 'LessThan' ? [] : checkLabelValue(value);
      if (wrong !== undefined)
        throw refuse(this.#text, `values[${values.indexOf(value)}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong}`);
    }
    return { key, operator, values };
  }

  #key(): string {
    const token = this.#tokens[this.#at];
    if (!isWord(token)) throw refuse(this.#text, `found '${token ?? ''}', expected: !, identifier, or 'end of string'`);
    this.#at++;
    return token;
  }

  /** Empty before a comma, a closing bracket and the end: `app=` selects the empty value. */
  #value(): string {
    const token = this.#tokens[this.#at];
    if (!isWord(token)) return '';
    this.#at++;
    return token;
  }

  #integer(): string {
    const value = this.#value();
    if (isInteger(value)) return value;
    throw refuse(this.#text, `for 'Gt', 'Lt' operators, the value must be an integer, not '${value}'`);
  }

  #values(): readonly string[] {
    this.#expect('(');
    const values = [this.#value()];
    while (this.#take(',')) values.push(this.#value());
    this.#expect(')');
    return values;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw refuse(this.#text, `found '${this.#tokens[this.#at] ?? ''}', expected: '${token}'`);
  }
}
