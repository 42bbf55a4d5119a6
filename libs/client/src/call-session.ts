import type { ApiMethods, CallRequest, CallResponse, Channel, ClientStream, Sent } from '@steersman/rpc';
import { StatusError } from '@steersman/status';
import type { Lifetime } from './sessions.ts';

export interface Answer {
  readonly code: number;
  readonly body: Buffer;
}

interface Pending {
  readonly chunks: Buffer[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (err: unknown) => void;
}

/** The connection went away before the answer came: the request may or may not have been done. */
export class LostAnswerError extends StatusError {
  constructor(cause: unknown) {
    super('ServiceUnavailable', 'lost the connection to the apiserver before it answered', { cause });
  }
}

/** One Call stream. Answers come in any order; after `drain` it takes nothing new and ends with its last answer. */
export class CallSession {
  readonly #channel: Channel;
  readonly #stream: ClientStream<Sent<CallRequest>, CallResponse>;
  readonly #pending = new Map<number, Pending>();
  readonly #lifetime: Lifetime;
  #lastId = 0;
  #draining = false;

  constructor(channel: Channel, method: ApiMethods['Call'], lifetime: Lifetime) {
    this.#channel = channel;
    this.#lifetime = lifetime;
    this.#stream = channel.bidiStream(method, { signal: lifetime.signal });
    this.#stream.start({ onMessage: message => this.#answered(message), onEnd: err => this.#close(err) });
  }

  /** False once the stream takes no further requests: ask for another session. */
  get open(): boolean {
    return !this.#draining;
  }

  async send(request: Omit<Sent<CallRequest>, 'id'>): Promise<Answer> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#pending.set(id, { chunks: [], resolve, reject });
    this.#stream.send({ ...request, id });
    return await promise;
  }

  #answered({ id, code, body, more, drain }: CallResponse): void {
    if (drain) this.#drain();
    const pending = this.#pending.get(id);
    if (!pending) return;
    pending.chunks.push(body);
    if (more) return;
    this.#pending.delete(id);
    pending.resolve({ code, body: pending.chunks.length === 1 ? body : Buffer.concat(pending.chunks) });
    this.#endIfDrained();
  }

  #drain(): void {
    this.#draining = true;
    this.#lifetime.ended(undefined);
    this.#endIfDrained();
  }

  #endIfDrained(): void {
    if (this.#draining && this.#pending.size === 0) this.#stream.end();
  }

  #close(err: Error | undefined): void {
    this.#draining = true;
    this.#lifetime.ended(err ?? (this.#pending.size > 0 ? new Error('the server ended the stream') : undefined));
    for (const { reject } of this.#pending.values()) reject(new LostAnswerError(err));
    this.#pending.clear();
    this.#channel[Symbol.dispose]();
  }
}
