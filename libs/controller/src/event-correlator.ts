import type { Clock } from '@steersman/async';
import type { EventNote } from './event-recorder.ts';

/** Upstream's numbers (client-go tools/record/events_cache.go). */
const MAX_KNOWN = 4_096;
const SIMILAR_LIMIT = 10;
const SIMILAR_WINDOW_MS = 600_000;
const BURST = 25;
const MS_PER_TOKEN = 300_000;

interface Seen {
  /** Of the stored event; set by whoever writes it. */
  name: string;
  count: number;
  message: string;
}

interface Group {
  readonly messages: Set<string>;
  last: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Decides what becomes of an event: a new object, one more on an old one, or nothing. Many that differ in their
 * message only are combined, and an object that goes on and on gets one event in five minutes after its first 25.
 */
export class EventCorrelator {
  readonly #seen = new Recent<Seen>();
  readonly #groups = new Recent<Group>();
  readonly #buckets = new Recent<Bucket>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The event's count and text; undefined when it must not be written. The result is remembered: fill in its name. */
  correlate(note: EventNote): Seen | undefined {
    if (!this.#mayWrite(note)) return undefined;
    const { message, key } = this.#combined(note);
    const seen = this.#seen.get(key) ?? { name: '', count: 0, message };
    seen.count++;
    seen.message = message;
    this.#seen.set(key, seen);
    return seen;
  }

  #combined(note: EventNote): { readonly message: string; readonly key: string } {
    const groupKey = JSON.stringify([subject(note), note.type, note.reason]);
    const now = this.#clock.now();
    const known = this.#groups.get(groupKey);
    const group = known && now - known.last < SIMILAR_WINDOW_MS ? known : { messages: new Set<string>(), last: now };
    group.last = now;
    if (group.messages.size < SIMILAR_LIMIT) group.messages.add(note.message);
    this.#groups.set(groupKey, group);
    if (group.messages.has(note.message)) return { message: note.message, key: `${groupKey}${note.message}` };
    return { message: `(combined from similar events): ${note.message}`, key: groupKey };
  }

  #mayWrite(note: EventNote): boolean {
    const key = subject(note);
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / MS_PER_TOKEN);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}

const subject = ({ about, fieldPath = '' }: EventNote): string =>
  JSON.stringify([about.apiVersion, about.kind, about.metadata.namespace, about.metadata.name, about.metadata.uid, fieldPath]);

/** The entries used last. */
class Recent<V> {
  readonly #entries = new Map<string, V>();

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= MAX_KNOWN) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
