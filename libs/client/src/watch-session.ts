import type { ApiMethods, Channel, ClientStream, Sent, WatchEventMessage, WatchRequest, WatchResponse } from '@steersman/rpc';
import { StatusError } from '@steersman/status';
import type { WatchEvent } from './client.ts';
import type { Lifetime } from './sessions.ts';
import type { WatchRequest as Request } from './wire.ts';

/** A reader this far behind is ended: it may watch again from the last version it saw. */
const MAX_WAITING = 100_000;
const INITIAL_END = 'k8s.io/initial-events-end';

/** One Watch stream with any number of subscriptions. */
export class WatchSession {
  readonly #channel: Channel;
  readonly #stream: ClientStream<Sent<WatchRequest>, WatchResponse>;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #lifetime: Lifetime;
  #lastId = 0;
  #open = true;

  constructor(channel: Channel, method: ApiMethods['Watch'], lifetime: Lifetime) {
    this.#channel = channel;
    this.#lifetime = lifetime;
    this.#stream = channel.bidiStream(method, { signal: lifetime.signal });
    this.#stream.start({ onMessage: message => this.#received(message), onEnd: err => this.#close(err) });
  }

  /** False once the stream is ending: ask for another session. */
  get open(): boolean {
    return this.#open;
  }

  subscribe({ resource, namespace = '', options }: Request): Subscription {
    const id = ++this.#lastId;
    const subscription = new Subscription(() => this.#unsubscribe(id));
    this.#subscriptions.set(id, subscription);
    this.#stream.send({ subscribe: { id, resource, namespace, options } });
    return subscription;
  }

  #unsubscribe(id: number): void {
    if (!this.#subscriptions.delete(id)) return;
    if (this.#open) this.#stream.send({ unsubscribe: { id } });
  }

  #received({ events, drain }: WatchResponse): void {
    for (const event of events) {
      const subscription = this.#subscriptions.get(event.id);
      if (!subscription) continue;
      if (event.type === 'ERROR') this.#subscriptions.delete(event.id);
      subscription.push(event);
    }
    if (drain) this.#drain();
  }

  /** Every reader resumes on another stream from the last version it saw. */
  #drain(): void {
    this.#open = false;
    this.#lifetime.ended(undefined);
    this.#finish(undefined);
    this.#stream.end();
  }

  #close(err: Error | undefined): void {
    this.#open = false;
    this.#lifetime.ended(err);
    this.#finish(err && new StatusError('ServiceUnavailable', 'lost the connection to the apiserver', { cause: err }));
    this.#channel[Symbol.dispose]();
  }

  #finish(err: StatusError | undefined): void {
    const subscriptions = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const subscription of subscriptions) subscription.end(err);
  }
}

/** Events of one subscription, in order, read by one consumer. */
export class Subscription implements AsyncIterable<WatchEvent<unknown>> {
  readonly #unsubscribe: () => void;
  #waiting: WatchEventMessage[] = [];
  #ended: { readonly err: StatusError | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(unsubscribe: () => void) {
    this.#unsubscribe = unsubscribe;
  }

  push(event: WatchEventMessage): void {
    if (this.#ended) return;
    if (event.type === 'ERROR') {
      this.end(StatusError.fromStatus(JSON.parse(event.object.toString('utf8')) as object));
    } else if (this.#waiting.length >= MAX_WAITING) {
      this.#unsubscribe();
      this.end(new StatusError('ServiceUnavailable', `the reader of a watch is ${MAX_WAITING} events behind`));
    } else {
      this.#waiting.push(event);
      this.#wake?.();
    }
  }

  /** What was received before is still read. */
  end(err: StatusError | undefined): void {
    this.#ended ??= { err };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent<unknown>> {
    try {
      for (;;) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const event of batch) yield decode(event);
        if (this.#waiting.length > 0) continue;
        if (this.#ended?.err) throw this.#ended.err;
        if (this.#ended) return;
        await new Promise<void>(resolve => (this.#wake = resolve));
        this.#wake = undefined;
      }
    } finally {
      this.#unsubscribe();
    }
  }
}

interface Bookmark {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> };
}

function decode({ type, object, traceparent }: WatchEventMessage): WatchEvent<unknown> {
  const body = JSON.parse(object.toString('utf8')) as unknown;
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return { type, object: body, traceparent: traceparent || undefined };
  if (type !== 'BOOKMARK') throw new StatusError('InternalError', `the apiserver sent a watch event of unknown type ${type}`);
  const { resourceVersion, annotations } = (body as Bookmark).metadata;
  return { type: 'BOOKMARK', resourceVersion, initialEventsEnd: annotations?.[INITIAL_END] === 'true' };
}
