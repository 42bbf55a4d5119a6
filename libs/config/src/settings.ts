/** One setting: what `--help` says, the value without one given, and how text becomes a value (throws with the reason). */
export interface Setting<T> {
  readonly help: string;
  readonly fallback: T;
  /** What `--help` shows in place of the value; absent for switches. */
  readonly placeholder?: string;
  /** A bare `--name` means `--name=true`. */
  readonly isSwitch?: boolean;
  parse(text: string): T;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type ConfigOf<S extends Settings> = { readonly [K in keyof S]: S[K]['fallback'] };

export const text = (help: string, fallback: string): Setting<string> => ({ help, fallback, placeholder: 'TEXT', parse: value => value });

export const path = (help: string, fallback: string): Setting<string> => ({ help, fallback, placeholder: 'PATH', parse: value => value });

/** Comma-separated texts. */
export const list = (help: string, fallback: readonly string[]): Setting<readonly string[]> => ({
  help,
  fallback,
  placeholder: 'A,B',
  parse: value => value.split(',').filter(item => item !== ''),
});

export const flag = (help: string): Setting<boolean> => ({
  help,
  fallback: false,
  isSwitch: true,
  parse(value) {
    if (value === 'true') return true;
    if (value === 'false') return false;
    throw new Error(`"${value}" is neither true nor false`);
  },
});

export const integer = (help: string, fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): Setting<number> => ({
  help,
  fallback,
  placeholder: 'N',
  parse(value) {
    if (!/^-?\d+$/.test(value)) throw new Error(`"${value}" is not an integer`);
    const number = Number(value);
    if (number < min || number > max) throw new Error(`${value} is not between ${min} and ${max}`);
    return number;
  },
});

/** A TCP port; 0 takes any free one. */
export const port = (help: string, fallback: number): Setting<number> => ({
  ...integer(help, fallback, { min: 0, max: 65_535 }),
  placeholder: 'PORT',
});

export const oneOf = <const T extends string>(help: string, values: readonly T[], fallback: T): Setting<T> => ({
  help,
  fallback,
  placeholder: values.join('|'),
  parse(value) {
    const found = values.find(candidate => candidate === value);
    if (found === undefined) throw new Error(`"${value}" is not one of ${values.join(', ')}`);
    return found;
  },
});

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds, written as `30s`, `1m30s`, `500ms`. */
export const duration = (help: string, fallback: string): Setting<number> => ({
  help,
  fallback: toMs(fallback),
  placeholder: 'DURATION',
  parse: toMs,
});

function toMs(value: string): number {
  if (!/^(\d+(ms|s|m|h))+$/.test(value)) throw new Error(`"${value}" is not a duration such as 30s or 1m30s`);
  return [...value.matchAll(/(\d+)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  );
}
