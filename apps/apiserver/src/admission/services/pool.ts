import type { Store } from '@steersman/store';
import type { AddressRange } from './address-range.ts';

/** Values of which each is held by one service at most: an entry in the store for each that is held. */
export interface Pool {
  readonly name: string;
  /** How many values there are. */
  readonly size: number;
  /** The first values are left to those who ask for one by name, as long as there are others. */
  readonly reserved: number;
  at(index: number): string;
  has(value: string): boolean;
  /** Why a value outside of the pool is refused, in upstream's words. */
  outside(value: string): string;
  taken(value: string): string;
  full(): string;
}

export function addressPool(range: AddressRange): Pool {
  return {
    name: 'cluster-ips',
    size: range.size,
    reserved: Math.min(Math.max(16, Math.floor(range.size / 16)), 256),
    at: index => range.at(index),
    has: value => range.has(value),
    outside: value =>
      `failed to allocate IP ${value}: the provided IP (${value}) is not in the valid range. The range of valid IPs is ${range.text}`,
    taken: value => `failed to allocate IP ${value}: provided IP is already allocated`,
    full: () => `failed to allocate a serviceIP: range ${range.text} is full`,
  };
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Throws for what is no range. */
export function toPortRange(text: string): PortRange {
  const [, first = '', last = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === '' || range.first < 1 || range.last > 65_535 || range.first > range.last)
    throw new Error(`"${text}" is not a range of ports such as 30000-32767`);
  return range;
}

export function portPool({ first, last }: PortRange): Pool {
  const size = last - first + 1;
  return {
    name: 'node-ports',
    size,
    reserved: size < 32 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128),
    at: index => String(first + index),
    has: value => Number(value) >= first && Number(value) <= last,
    outside: () => `provided port is not in the valid range. The range of valid ports is ${first}-${last}`,
    taken: () => 'provided port is already allocated',
    full: () => `failed to allocate a nodePort: range ${first}-${last} is full`,
  };
}

export const poolKey = ({ name }: Pool, value: string): string => `/steersman/${name}/${value}`;

/** Guesses in a pool that is nearly empty hit at once; one that is nearly full is searched. */
const GUESSES = 32;

/** A value that nobody holds and that is not in `besides`; undefined when there is none. Whoever claims it may still lose it to another. */
export async function freeValue(store: Store, pool: Pool, besides: ReadonlySet<string>): Promise<string | undefined> {
  const isFree = async (value: string): Promise<boolean> => {
    const key = poolKey(pool, value);
    return !besides.has(key) && !(await store.get(key));
  };
  const first = pool.reserved < pool.size ? pool.reserved : 0;
  for (let guess = 0; guess < GUESSES; guess++) {
    const value = pool.at(first + Math.floor(Math.random() * (pool.size - first)));
    if (await isFree(value)) return value;
  }
  for (let index = 0; index < pool.size; index++) {
    const value = pool.at((first + index) % pool.size);
    if (await isFree(value)) return value;
  }
  return undefined;
}
