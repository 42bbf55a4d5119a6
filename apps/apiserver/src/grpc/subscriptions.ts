import type { Sent, ServerStream, WatchRequest, WatchResponse } from '@steersman/rpc';
import { StatusError, toStatusError } from '@steersman/status';
import type { CacheEvent, Watcher } from '@steersman/store';
import type { Kind } from '@steersman/types';
import { bookmarkObject } from '../rest/encode.ts';

type Stream = ServerStream<WatchRequest, Sent<WatchResponse>>;
type EventMessage = NonNullable<Sent<WatchResponse>['events']>[number];

/** The watches of one stream. Each is read only as fast as the client reads; an error ends one of them only. */
export class Subscriptions implements Disposable {
  readonly #stream: Stream;
  readonly #running = new Map<number, AbortController>();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Never throws: failures are told to the client. */
  async add(id: number, find: () => Kind, start: (kind: Kind, signal: AbortSignal) => Promise<Watcher>): Promise<void> {
    const stop = new AbortController();
    this.#running.set(id, stop);
    const signal = AbortSignal.any([stop.signal, this.#stream.signal]);
    try {
      const kind = find();
      using watcher = await start(kind, signal);
      for (let events = await watcher.next(); events; events = await watcher.next()) {
        const isFree = this.#stream.send({ events: events.map(event => toMessage(id, kind, event)) });
        if (!isFree) await this.#stream.drained();
      }
      // After `slow` and `reset` the client may have missed events: it has to read the state anew.
      const reason = watcher.end === 'slow' || watcher.end === 'reset' ? 'Expired' : 'Timeout';
      if (!signal.aborted) throw new StatusError(reason, `the watch has ended: ${watcher.end ?? 'stopped'}`);
    } catch (err) {
      if (!signal.aborted)
        this.#stream.send({ events: [{ id, type: 'ERROR', object: Buffer.from(JSON.stringify(toStatusError(err).toStatus())) }] });
    } finally {
      this.#running.delete(id);
    }
  }

  end(id: number): void {
    this.#running.get(id)?.abort();
  }

  [Symbol.dispose](): void {
    for (const stop of this.#running.values()) stop.abort();
  }
}

function toMessage(id: number, kind: Kind, event: CacheEvent): EventMessage {
  if (event.type === 'BOOKMARK') return { id, type: 'BOOKMARK', object: Buffer.from(JSON.stringify(bookmarkObject(kind, event))) };
  const { type, object } = event;
  return { id, type, object: object.body, ...(object.traceparent !== undefined && { traceparent: object.traceparent }) };
}
