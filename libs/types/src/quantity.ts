/** A resource quantity: an exact number and the family of suffixes it is written in. */
export interface Quantity {
  /** Billionths: upstream keeps no finer value. */
  readonly nano: bigint;
  readonly format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

const NANO = 1_000_000_000n;
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?\d+))?$/;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** Undefined when `text` is no quantity. Finer parts than a billionth are rounded up, as upstream does. */
export function parseQuantity(text: string): Quantity | undefined {
  const [matched, sign, whole = '', fraction = '', suffix = '', exponent] = PATTERN.exec(text) ?? [];
  if (matched === undefined || whole + fraction === '') return undefined;
  const power = exponent !== undefined ? Number(exponent) : decimalPower(suffix);
  if (Math.abs(power) > 60) return undefined;
  const numerator = BigInt(whole + fraction) * 1024n ** BigInt(binaryPower(suffix));
  const shift = power + 9 - fraction.length;
  const magnitude = shift >= 0 ? numerator * 10n ** BigInt(shift) : divideUp(numerator, 10n ** BigInt(-shift));
  const format = exponent !== undefined ? 'DecimalExponent' : suffix.endsWith('i') ? 'BinarySI' : 'DecimalSI';
  return { nano: sign === '-' ? -magnitude : magnitude, format };
}

const decimalPower = (suffix: string): number => {
  const at = (DECIMAL as readonly string[]).indexOf(suffix);
  return at < 0 ? 0 : at * 3 - 9;
};

const binaryPower = (suffix: string): number => Math.max(0, (BINARY as readonly string[]).indexOf(suffix));

const divideUp = (value: bigint, by: bigint): bigint => (value >= 0n ? (value + by - 1n) / by : value / by);

/** The largest suffix that leaves no fraction, as upstream writes it. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const magnitude = nano < 0n ? -nano : nano;
  if (format === 'BinarySI' && magnitude >= 1024n * NANO && magnitude % NANO === 0n)
    return largest(nano / NANO, { base: 1024n, suffixes: BINARY });
  if (format !== 'DecimalExponent') return largest(nano, { base: 1000n, suffixes: DECIMAL });
  const digits = largest(nano, { base: 1000n, suffixes: ['e-9', 'e-6', 'e-3', '', 'e3', 'e6', 'e9', 'e12', 'e15', 'e18'] });
  return digits;
}

function largest(value: bigint, { base, suffixes }: { readonly base: bigint; readonly suffixes: readonly string[] }): string {
  let at = 0;
  while (at < suffixes.length - 1 && value % base === 0n) {
    value /= base;
    at++;
  }
  return `${value}${suffixes[at]}`;
}

/** A cluster uses few different quantities; the bound is against what strangers send. */
const MAX_KNOWN = 10_000;
const canonical = new Map<string, string>();

export function canonicalQuantity(text: string): string | undefined {
  const known = canonical.get(text);
  if (known !== undefined) return known;
  const quantity = parseQuantity(text);
  if (!quantity) return undefined;
  const formatted = formatQuantity(quantity);
  if (canonical.size < MAX_KNOWN) canonical.set(text, formatted);
  return formatted;
}

/** In billionths; 0 for what is absent or no quantity. */
const nanoOf = (text: string | undefined): bigint => (text === undefined ? 0n : (parseQuantity(text)?.nano ?? 0n));

/** Whole units, rounded up: bytes of a memory quantity. 0 when absent. */
export const quantityValue = (text: string | undefined): number => Number(divideUp(nanoOf(text), NANO));

/** Thousandths, rounded up: millicores of a CPU quantity. 0 when absent. */
export const milliValue = (text: string | undefined): number => Number(divideUp(nanoOf(text), 1_000_000n));

export const compareQuantities = (a: string, b: string): number => Number(nanoOf(a) > nanoOf(b)) - Number(nanoOf(a) < nanoOf(b));

/** The sum in the format of the first. */
export function addQuantities(a: string, b: string): string {
  return formatQuantity({ nano: nanoOf(a) + nanoOf(b), format: parseQuantity(a)?.format ?? 'DecimalSI' });
}
