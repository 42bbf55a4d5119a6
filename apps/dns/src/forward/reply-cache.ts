import type { Clock } from '@steersman/async';
import { RCODE } from '../wire/codes.ts';
import { rcodeOf, type Reply } from '../wire/reply.ts';

export interface Kept {
  readonly reply: Reply;
  /** Whole seconds since it was got. */
  readonly age: number;
}

interface Entry {
  readonly reply: Reply;
  readonly got: number;
  readonly until: number;
}

export type Outcome = 'success' | 'denial';

/** Replies of upstream servers, each for as long as it said; apart for names that are there and names that are not. */
export class ReplyCache {
  readonly #entries = { success: new Map<string, Entry>(), denial: new Map<string, Entry>() };
  readonly #capacity: number;
  readonly #clock: Pick<Clock, 'now'>;

  /** `capacity` is that of each of the two. */
  constructor({ capacity, clock }: { readonly capacity: number; readonly clock: Pick<Clock, 'now'> }) {
    this.#capacity = capacity;
    this.#clock = clock;
  }

  size(outcome: Outcome): number {
    return this.#entries[outcome].size;
  }

  get(key: string): Kept | undefined {
    const now = this.#clock.now();
    for (const entries of [this.#entries.success, this.#entries.denial]) {
      const entry = entries.get(key);
      if (entry && entry.until > now) return { reply: entry.reply, age: Math.floor((now - entry.got) / 1_000) };
      entries.delete(key);
    }
    return undefined;
  }

  set(key: string, reply: Reply, lifetime: number): void {
    if (lifetime <= 0) return;
    const entries = this.#entries[outcomeOf(reply)];
    entries.delete(key);
    const [oldest] = entries.keys();
    if (entries.size >= this.#capacity && oldest !== undefined) entries.delete(oldest);
    const got = this.#clock.now();
    entries.set(key, { reply, got, until: got + lifetime * 1_000 });
  }
}

export const outcomeOf = (reply: Reply): Outcome => (rcodeOf(reply) === RCODE.NOERROR && reply.counts.answers > 0 ? 'success' : 'denial');
