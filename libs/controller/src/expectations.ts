import type { Clock } from '@steersman/async';
import type { Key } from '@steersman/types';

/** A change that never shows (its object vanished in a gap) holds a key back no longer than this. */
const GIVE_UP_MS = 300_000;

interface Expected {
  creates: number;
  /** Names, as a deletion may be seen more than once: marked, then gone. */
  readonly deletes: Set<string>;
  readonly since: number;
}

/**
 * Changes a controller has asked for and not yet seen in its informers. While some are open its view is old, and
 * acting on it would do the same again.
 */
export class Expectations {
  readonly #expected = new Map<Key, Expected>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expectCreates(key: Key, count: number): void {
    this.#of(key).creates += count;
  }

  expectDelete(key: Key, name: string): void {
    this.#of(key).deletes.add(name);
  }

  /** Also for a create that failed: it will not be seen. */
  sawCreate(key: Key): void {
    const expected = this.#expected.get(key);
    if (expected && expected.creates > 0) expected.creates--;
  }

  sawDelete(key: Key, name: string): void {
    this.#expected.get(key)?.deletes.delete(name);
  }

  /** The informers show everything that was asked for, or it has been waited for long enough. */
  satisfied(key: Key): boolean {
    const expected = this.#expected.get(key);
    if (!expected) return true;
    const open = expected.creates > 0 || expected.deletes.size > 0;
    if (open && this.#clock.now() - expected.since < GIVE_UP_MS) return false;
    this.#expected.delete(key);
    return true;
  }

  forget(key: Key): void {
    this.#expected.delete(key);
  }

  #of(key: Key): Expected {
    const expected = this.#expected.get(key) ?? { creates: 0, deletes: new Set(), since: this.#clock.now() };
    this.#expected.set(key, expected);
    return expected;
  }
}
