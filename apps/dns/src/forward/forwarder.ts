import { type Clock, deadline, isAbortError } from '@steersman/async';
import type { Logger } from '@steersman/telemetry';
import { RCODE } from '../wire/codes.ts';
import { rcodeOf, type Reply } from '../wire/reply.ts';
import { exchange } from './exchange.ts';
import type { ForwardMetrics } from './forward.metrics.ts';
import { type Sent, readReply, type UpstreamReply } from './read-reply.ts';
import { type Kept, ReplyCache } from './reply-cache.ts';
import { inOrder, Upstream } from './upstream.ts';
import { addressText, type UpstreamAddress } from './upstream-address.ts';
import { cacheKeyOf, type ForwardQuestion, upstreamQuery } from './upstream-query.ts';

export interface ForwarderDeps {
  readonly upstreams: readonly UpstreamAddress[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: ForwardMetrics;
  /** Ends everything under way. */
  readonly signal: AbortSignal;
  /** How long one server has for one answer. */
  readonly attemptMs: number;
  readonly maxInFlight: number;
  readonly cacheCapacity: number;
}

/** An rcode stands for an answer that nobody gave. */
export type Forwarded = Kept | { readonly rcode: number };

type Answered = Extract<UpstreamReply, { kind: 'reply' }>;

/** Stub resolvers wait 5 s (resolv.conf(5)): nobody is left to hear a later answer. */
const TOTAL_MS = 4_500;
/** Seconds: a name that nobody can resolve is asked for again and again. */
const FAILURE_LIFETIME = 2;

/** Asks upstream servers what the cluster does not know, each question once at a time. */
export class Forwarder {
  readonly #deps: ForwarderDeps;
  readonly #cache: ReplyCache;
  readonly #inFlight = new Map<string, Promise<Forwarded>>();
  #upstreams: readonly Upstream[];

  constructor(deps: ForwarderDeps) {
    this.#deps = deps;
    this.#cache = new ReplyCache({ capacity: deps.cacheCapacity, clock: deps.clock });
    this.#upstreams = deps.upstreams.map(address => new Upstream(address, deps.clock));
  }

  /** Whether there is anybody to ask. */
  get isAvailable(): boolean {
    return this.#upstreams.length > 0;
  }

  get cache(): Pick<ReplyCache, 'size'> {
    return this.#cache;
  }

  cached(question: ForwardQuestion): Kept | undefined {
    return this.#cache.get(cacheKeyOf(question));
  }

  ask(question: ForwardQuestion): Promise<Forwarded> {
    const key = cacheKeyOf(question);
    const waiting = this.#inFlight.get(key);
    if (waiting) return waiting;
    if (!this.isAvailable) return Promise.resolve({ rcode: RCODE.REFUSED });
    if (this.#inFlight.size >= this.#deps.maxInFlight) {
      this.#deps.metrics.rejected();
      return Promise.resolve({ rcode: RCODE.REFUSED });
    }
    const asking = this.#ask(question, key).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, asking);
    return asking;
  }

  /** Stops asking a server that turned out to ask us. */
  drop(address: UpstreamAddress): void {
    this.#upstreams = this.#upstreams.filter(upstream => upstream.address !== address);
  }

  async #ask(question: ForwardQuestion, key: string): Promise<Forwarded> {
    using total = deadline(TOTAL_MS, this.#deps.signal);
    const order = inOrder(this.#upstreams);
    let refusal: Reply | undefined;
    for (const upstream of [...order, ...order]) {
      if (total.signal.aborted) break;
      const answered = await this.#askOne(upstream, question, total.signal);
      if (!answered) continue;
      const rcode = rcodeOf(answered.reply);
      if (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) {
        this.#cache.set(key, answered.reply, answered.lifetime);
        return { reply: answered.reply, age: 0 };
      }
      refusal ??= answered.reply;
    }
    if (!refusal) return { rcode: RCODE.SERVFAIL };
    this.#cache.set(key, refusal, FAILURE_LIFETIME);
    return { reply: refusal, age: 0 };
  }

  async #askOne(upstream: Upstream, question: ForwardQuestion, parent: AbortSignal): Promise<Answered | undefined> {
    const { attemptMs, metrics, log } = this.#deps;
    const to = addressText(upstream.address);
    const done = metrics.begin(to);
    try {
      using attempt = deadline(attemptMs, parent);
      const first = await this.#exchange(upstream, question, { withEdns: true, signal: attempt.signal });
      const answered = first.isUnderstood ? first : await this.#exchange(upstream, question, { withEdns: false, signal: attempt.signal });
      upstream.answered();
      done(rcodeOf(answered.reply));
      return answered;
    } catch (err) {
      if (this.#deps.signal.aborted) return undefined;
      upstream.failed();
      done(undefined);
      log.warn('upstream gave no answer', { upstream: to, ...(isAbortError(err) ? { waitedMs: attemptMs } : { err }) });
      return undefined;
    }
  }

  async #exchange(
    { address }: Upstream,
    question: ForwardQuestion,
    { withEdns, signal }: { readonly withEdns: boolean; readonly signal: AbortSignal },
  ): Promise<Answered> {
    const { id, message } = upstreamQuery(question, withEdns);
    const accept = acceptor({ id, questionKey: question.key });
    const overUdp = await exchange(message, address, { transport: 'udp', accept, signal });
    if (overUdp.kind === 'reply') return overUdp;
    const overTcp = await exchange(message, address, { transport: 'tcp', accept, signal });
    if (overTcp.kind === 'reply') return overTcp;
    throw new Error(`${addressText(address)} cut its answer over TCP too`);
  }
}

/** What is foreign or malformed may be an attack: the true answer may still come. */
const acceptor =
  (sent: Sent) =>
  (message: Buffer): Answered | { readonly kind: 'truncated' } | undefined => {
    const read = readReply(message, sent);
    return read.kind === 'reply' || read.kind === 'truncated' ? read : undefined;
  };
