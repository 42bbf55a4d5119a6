/** A block of IPv4 addresses; `base` is its first one as a number. */
interface Block {
  readonly base: number;
  readonly size: number;
}

export function parseRange(cidr: string): Block | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(cidr);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 32] = match.slice(1).map(part => (part === undefined ? 32 : Number(part)));
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: address - (address % size), size };
}

export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseRange(one), parseRange(other)];
  return a !== undefined && b !== undefined && a.base < b.base + b.size && b.base < a.base + a.size;
}

/** The n-th address of a range, as text. */
export function addressAt(cidr: string, n: number): string {
  const address = (parseRange(cidr)?.base ?? 0) + n;
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** The first candidate that meets none of `taken`. */
export const freeRange = (candidates: readonly string[], taken: readonly string[]): string | undefined =>
  candidates.find(candidate => !taken.some(range => overlaps(candidate, range)));

const blocks = (from: number, to: number): readonly string[] => Array.from({ length: to - from + 1 }, (_, at) => `10.${from + at}.0.0/16`);

/** Of switches between the nodes of a machine. */
export const SWITCH_RANGES = Array.from({ length: 256 }, (_, at) => `10.199.${at}.0/24`);
export const POD_RANGES = [...blocks(244, 254), ...blocks(200, 243)];
export const SERVICE_RANGES = [...blocks(96, 127), ...blocks(64, 95)];
