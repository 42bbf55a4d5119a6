import type { Clock } from '@steersman/async';
import type { Logger } from '@steersman/telemetry';
import type { Client, DnsMetrics } from './dns.metrics.ts';
import { follow } from './follow.ts';
import type { Forwarder } from './forward/forwarder.ts';
import type { LoopGuard } from './forward/loop-guard.ts';
import { FLAG, isMetaType, RCODE, TYPE } from './wire/codes.ts';
import { encodeAnswer } from './wire/encode-answer.ts';
import { parseQuery, type Query, type Question, questionOf } from './wire/parse-query.ts';
import { renderFailure, renderRefusal, renderReply, type Reply } from './wire/reply.ts';
import type { AnswerCache } from './zone/answer-cache.ts';
import { anyRecord, resolve, type ResolveDeps } from './zone/resolve.ts';
import { labelsBelow } from './zone/zone.ts';

export interface ResponderDeps extends ResolveDeps {
  readonly cache: AnswerCache;
  readonly forwarder: Forwarder;
  readonly loopGuard: LoopGuard;
  /** Whether the index holds the whole cluster: before, what is not in it may well exist. */
  readonly isSynced: () => boolean;
  readonly metrics: DnsMetrics;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

/** What to send back for a message; undefined is nothing. Known answers come at once, others as a promise. Never throws. */
export type Respond = (message: Buffer, client: Client) => Buffer | undefined | Promise<Buffer | undefined>;

export function createResponder(deps: ResponderDeps): Respond {
  const { metrics, clock, log } = deps;
  const responder = new Responder(deps);
  return (message, client) => {
    const began = clock.now();
    const parsed = parseQuery(message);
    if (parsed.kind === 'ignored') return undefined;
    const query = parsed.kind === 'query' ? parsed.query : undefined;
    const finish = ({ response, isCluster }: Outcome): Buffer => {
      metrics.answered({
        client,
        type: query?.type,
        rcode: response.readUInt16BE(2) & FLAG.rcode,
        requestBytes: message.length,
        responseBytes: response.length,
        seconds: (clock.now() - began) / 1_000,
        isCluster,
      });
      return response;
    };
    if (parsed.kind === 'refused') return finish({ response: renderRefusal(message, parsed), isCluster: false });
    const fail = (err: unknown): Buffer => {
      metrics.failed();
      log.error('a question could not be answered', { err });
      return finish({ response: renderFailure(message, parsed.query), isCluster: false });
    };
    try {
      const outcome = responder.respond(message, parsed.query, client);
      return outcome instanceof Promise ? outcome.then(finish).catch(fail) : finish(outcome);
    } catch (err) {
      return fail(err);
    }
  };
}

interface Outcome {
  readonly response: Buffer;
  readonly isCluster: boolean;
}

class Responder {
  readonly #deps: ResponderDeps;
  #turn = 0;

  constructor(deps: ResponderDeps) {
    this.#deps = deps;
  }

  respond(message: Buffer, query: Query, client: Client): Outcome | Promise<Outcome> {
    const { cache, metrics, zone } = this.#deps;
    const render = (reply: Reply, age = 0): Buffer => this.#render(message, query, { client, reply, age });
    const known = cache.get(query.key);
    if (known) {
      metrics.cache(true);
      return { response: render(known), isCluster: true };
    }
    const { type } = query;
    if (type === TYPE.AXFR || type === TYPE.IXFR) return { response: renderFailure(message, query, RCODE.REFUSED), isCluster: false };
    if (isMetaType(type)) return { response: renderFailure(message, query, RCODE.NOTIMP), isCluster: false };

    const question = questionOf(query);
    const isOurs = labelsBelow(zone, question.labels) !== undefined;
    const mayBeOurs = isOurs || question.labels.at(-1) === 'arpa';
    if (mayBeOurs && !this.#deps.isSynced()) return { response: renderFailure(message, query), isCluster: isOurs };
    const answer = resolve(question, this.#deps);
    if (!answer) return this.#outside(message, query, { question, render });
    metrics.cache(false);
    if (answer.leadsTo !== undefined)
      return follow(answer, type, this.#followDeps(query)).then(whole => ({
        response: render(encodeAnswer(question, whole)),
        isCluster: true,
      }));
    const reply = encodeAnswer(question, answer);
    cache.set(query.key, reply, answer.dependsOn);
    return { response: render(reply), isCluster: true };
  }

  #outside(
    message: Buffer,
    query: Query,
    { question, render }: { readonly question: Question; readonly render: (reply: Reply, age?: number) => Buffer },
  ): Outcome | Promise<Outcome> {
    const { forwarder, loopGuard, metrics, zone } = this.#deps;
    const refused = (): Outcome => ({ response: renderFailure(message, query, RCODE.REFUSED), isCluster: false });
    if (query.type === TYPE.ANY)
      return {
        response: render(encodeAnswer(question, { rcode: 'NOERROR', isAuthoritative: false, answers: [anyRecord(zone.ttl)] })),
        isCluster: false,
      };
    const looped = loopGuard.caught(query.key);
    if (looped) {
      this.#deps.log.error('an upstream server asks this one: it is not asked any more', { upstream: looped.host });
      forwarder.drop(looped);
      return refused();
    }
    const asked = forwardQuestion(query);
    const kept = forwarder.cached(asked);
    metrics.cache(kept !== undefined);
    if (kept) return { response: render(kept.reply, kept.age), isCluster: false };
    if (!(query.flags & FLAG.recursionDesired)) return refused();
    return forwarder.ask(asked).then(forwarded => ({
      response: 'reply' in forwarded ? render(forwarded.reply, forwarded.age) : renderFailure(message, query, forwarded.rcode),
      isCluster: false,
    }));
  }

  #followDeps(query: Query): Parameters<typeof follow>[2] {
    const { forwarder } = this.#deps;
    return {
      resolve: question => resolve(question, this.#deps),
      forward: forwarder.isAvailable
        ? async question => {
            const asked = { ...forwardQuestion(query), key: question.key };
            return forwarder.cached(asked) ?? (await forwarder.ask(asked));
          }
        : undefined,
    };
  }

  #render(
    message: Buffer,
    query: Query,
    { client, reply, age }: { readonly client: Client; readonly reply: Reply; readonly age: number },
  ): Buffer {
    return renderReply(reply, message, query, {
      transport: client.transport,
      recursionAvailable: this.#deps.forwarder.isAvailable,
      age,
      turn: this.#turn++,
    });
  }
}

const forwardQuestion = ({ key, flags, edns }: Query): { key: string; isDnssecOk: boolean; isCheckingDisabled: boolean } => ({
  key,
  isDnssecOk: edns?.isDnssecOk ?? false,
  isCheckingDisabled: (flags & FLAG.checkingDisabled) !== 0,
});
