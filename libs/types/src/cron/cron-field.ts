/** The values one field of a schedule allows. */
export interface FieldSet {
  readonly values: ReadonlySet<number>;
  /** `*` or `?` without a step: the field restricts nothing. */
  readonly isStar: boolean;
}

export interface FieldBounds {
  readonly min: number;
  readonly max: number;
  /** Names that stand for numbers, from `firstName` on. */
  readonly names?: readonly string[];
  readonly firstName?: number;
}

/** A list of values, ranges and steps; errors in robfig's words. */
export function parseField(text: string, bounds: FieldBounds): FieldSet {
  const ranges = text
    .split(',')
    .filter(Boolean)
    .map(part => parseRange(part, bounds));
  return { values: new Set(ranges.flatMap(({ values }) => values)), isStar: ranges.some(({ isStar }) => isStar) };
}

function parseRange(text: string, bounds: FieldBounds): { readonly values: readonly number[]; readonly isStar: boolean } {
  const [range = '', stepText, moreSteps] = text.split('/');
  const [low = '', high, moreHyphens] = range.split('-');
  const isAll = low === '*' || low === '?';
  if (!isAll && moreHyphens !== undefined) throw new Error(`too many hyphens: ${text}`);
  if (moreSteps !== undefined) throw new Error(`too many slashes: ${text}`);
  const start = isAll ? bounds.min : parseValue(low, bounds);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  const isOpen = high === undefined && stepText !== undefined; // N/step means N-max/step
  const end = isAll || isOpen ? bounds.max : high === undefined ? start : parseValue(high, bounds);
  if (start < bounds.min) throw new Error(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) throw new Error(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new Error(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new Error(`step of range should be a positive number: ${text}`);
  const values = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, at) => start + at * step);
  return { values, isStar: isAll && step === 1 };
}

function parseValue(text: string, { names = [], firstName = 0 }: FieldBounds): number {
  const at = names.indexOf(text.toLowerCase());
  return at < 0 ? parseNumber(text) : firstName + at;
}

function parseNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (/^-\d+$/.test(text)) throw new Error(`negative number (${text}) not allowed: ${text}`);
  throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}
