import type { StoreEvent, WatchBatch } from '../store.ts';

interface Group extends WatchBatch {
  readonly after: number;
  readonly bytes: number;
}

/** The newest groups of events, kept in memory so that readers who keep up need not read the log. */
export class Recent {
  readonly #maxBytes: number;
  #groups: Group[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(after: number, { revision, events }: WatchBatch): void {
    const bytes = events.reduce((sum, event) => sum + sizeOf(event), 0);
    this.#groups.push({ after, revision, events, bytes });
    this.#bytes += bytes;
    let dropped = 0;
    // The newest group stays whatever its size: it is what the waiting readers are woken for.
    while (this.#bytes > this.#maxBytes && dropped < this.#groups.length - 1) this.#bytes -= this.#groups[dropped++]?.bytes ?? 0;
    if (dropped > 0) this.#groups = this.#groups.slice(dropped);
  }

  /** Events after `revision`; undefined when they are not all here. */
  after(revision: number): WatchBatch | undefined {
    const groups = this.#groups;
    const last = groups.at(-1);
    if (!last || revision < (groups[0]?.after ?? 0)) return undefined;
    if (revision === last.after) return last;
    let at = groups.length - 1;
    while (at > 0 && (groups[at]?.after ?? 0) > revision) at--;
    const events = groups.slice(at).flatMap(group => group.events);
    return {
      revision: last.revision,
      events: groups[at]?.after === revision ? events : events.filter(event => revisionOf(event) > revision),
    };
  }
}

export const revisionOf = (event: StoreEvent): number => (event.type === 'put' ? event.kv.modRevision : event.revision);

export const keyOfEvent = (event: StoreEvent): string => (event.type === 'put' ? event.kv.key : event.key);

const sizeOf = (event: StoreEvent): number =>
  200 + (event.type === 'put' ? event.kv.value.length : 0) + (event.previous?.value.length ?? 0);
