import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { closest } from './closest.ts';
import type { ConfigOf, Settings } from './settings.ts';

const API_VERSION = 'config.steersman.io/v1';

export interface ConfigSources {
  /** Arguments after the program's own name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Bad flags, variables or file entries: every fault at once, each with what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? (problems[0] ?? '') : ['invalid configuration', ...problems].join('\n  '));
    this.problems = problems;
  }
}

export interface Loaded<S extends Settings> {
  readonly config: ConfigOf<S>;
  /** Arguments that are not flags, in order. */
  readonly operands: readonly string[];
  /** Names of the settings that were given by flag: only those may be refused where a default would be adapted. */
  readonly given: ReadonlySet<keyof S>;
}

/**
 * `--node-name` beats `STEERSMAN_<APP>_NODE_NAME`, which beats the file named by `--config`, which beats the fallback.
 * Throws one ConfigError with all problems.
 */
export function loadConfig<S extends Settings>(app: string, settings: S, { args, env }: ConfigSources): Loaded<S> {
  const problems: string[] = [];
  const { flags, operands } = parseArgs(args, settings, problems);
  const file = readFile(flags.get('config') ?? env[envName(app, 'config')], settings, problems);
  const config: Record<string, unknown> = {};

  for (const [name, setting] of Object.entries(settings)) {
    const [source, value] = pick([
      [`--${kebab(name)}`, flags.get(name)],
      [envName(app, name), env[envName(app, name)]],
      [`config file: ${name}`, file.get(name)],
    ]);
    try {
      config[name] = value === undefined ? setting.fallback : setting.parse(value);
    } catch (err) {
      problems.push(`${source}: ${(err as Error).message}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: Object.freeze(config) as ConfigOf<S>, operands, given: new Set(flags.keys()) };
}

/** One line per setting, for `--help`. */
export function describeSettings(settings: Settings): string {
  const rows = Object.entries(settings).map(([name, { help, placeholder, fallback, isSwitch }]) => ({
    left: `--${kebab(name)}${isSwitch ? '' : ` ${placeholder ?? 'VALUE'}`}`,
    right: `${help}${isSwitch || fallback === '' ? '' : ` (default ${String(fallback)})`}`,
  }));
  const width = Math.max(0, ...rows.map(row => row.left.length)) + 2;
  return rows.map(row => `  ${row.left.padEnd(width)}${row.right}`).join('\n');
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
const envName = (app: string, name: string): string => `STEERSMAN_${app}_${kebab(name)}`.replaceAll('-', '_').toUpperCase();

const pick = (candidates: readonly (readonly [string, string | undefined])[]): readonly [string, string | undefined] =>
  candidates.find(([, value]) => value !== undefined) ?? ['', undefined];

function parseArgs(args: readonly string[], settings: Settings, problems: string[]): { flags: Map<string, string>; operands: string[] } {
  const names = new Map([...Object.keys(settings), 'config'].map(name => [kebab(name), name]));
  const flags = new Map<string, string>();
  const operands: string[] = [];

  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return { flags, operands: [...operands, ...args.slice(at + 1)] };
    if (!arg.startsWith('--')) {
      operands.push(arg);
      continue;
    }
    const [flagName = '', inline] = splitOnce(arg.slice(2), '=');
    const name = names.get(flagName);
    if (name === undefined) {
      problems.push(`unknown flag --${flagName}${suggest(flagName, [...names.keys()])}`);
    } else if (inline !== undefined || settings[name]?.isSwitch) {
      flags.set(name, inline ?? 'true');
    } else if (at + 1 < args.length) {
      flags.set(name, args[++at] ?? '');
    } else {
      problems.push(`--${flagName}: a value is missing`);
    }
  }
  return { flags, operands };
}

function readFile(file: string | undefined, settings: Settings, problems: string[]): Map<string, string> {
  const values = new Map<string, string>();
  if (file === undefined) return values;
  let document: unknown;
  try {
    document = parseYaml(readFileSync(file, 'utf8'));
  } catch (err) {
    problems.push(`config file ${file}: ${(err as Error).message}`);
    return values;
  }
  const entries: Record<string, unknown> = typeof document === 'object' && document !== null ? { ...document } : {};
  if (entries['apiVersion'] !== API_VERSION) problems.push(`config file ${file}: apiVersion must be ${API_VERSION}`);
  for (const [name, value] of Object.entries(entries)) {
    if (name === 'apiVersion' || name === 'kind') continue;
    if (!Object.hasOwn(settings, name))
      problems.push(`config file ${file}: unknown setting ${name}${suggest(name, Object.keys(settings), '')}`);
    else values.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  return values;
}

const splitOnce = (value: string, separator: string): [string, string | undefined] => {
  const at = value.indexOf(separator);
  return at < 0 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)];
};

const suggest = (name: string, candidates: readonly string[], dashes = '--'): string => {
  const found = closest(name, candidates);
  return found === undefined ? '' : `; did you mean ${dashes}${found}?`;
};
