import { decode } from 'dns-packet';
import type { Forwarded } from './forward/forwarder.ts';
import type { Answer, ResourceRecord } from './wire/encode-answer.ts';
import { foldCase, wireOfName } from './wire/names.ts';
import { type Question, questionFor } from './wire/parse-query.ts';
import { rcodeOf } from './wire/reply.ts';
import { RCODE } from './wire/codes.ts';
import type { ClusterAnswer } from './zone/resolve.ts';

export interface FollowDeps {
  readonly resolve: (question: Question) => ClusterAnswer | undefined;
  /** Asks upstream; undefined when there is nobody to ask. */
  readonly forward: ((question: Question) => Promise<Forwarded>) | undefined;
}

/** Services may name each other: as many steps as BIND takes for one question. */
const MAX_STEPS = 16;

/** Adds to a CNAME what it leads to, in the cluster or outside. */
export async function follow(first: ClusterAnswer, type: number, { resolve, forward }: FollowDeps): Promise<Answer> {
  const answers = [...first.answers];
  let leadsTo = first.leadsTo;
  for (let step = 0; leadsTo !== undefined; step++) {
    const owner: string = leadsTo;
    const wire = wireOfName(owner);
    if (wire === undefined || step === MAX_STEPS) return { ...first, rcode: 'SERVFAIL', answers };
    const question = questionFor(foldCase(wire), type);
    const found = resolve(question);
    if (!found) return { ...first, ...(await outside(answers, forward && (await forward(question)))) };
    answers.push(...found.answers.map(record => ({ owner, ...record })));
    if (found.leadsTo === undefined) return { ...found, answers };
    leadsTo = found.leadsTo;
  }
  return { ...first, answers };
}

/** With nobody to ask, the CNAME alone is the truth as far as it is known here. */
async function outside(
  answers: readonly ResourceRecord[],
  forwarded: Forwarded | undefined,
): Promise<Pick<Answer, 'rcode' | 'answers' | 'authorities'>> {
  if (!forwarded) return { rcode: 'NOERROR', answers, authorities: [] };
  if (!('reply' in forwarded)) return { rcode: 'SERVFAIL', answers, authorities: [] };
  const { reply, age } = forwarded;
  const message = decode(reply.bytes);
  const records = (found: typeof message.answers): readonly ResourceRecord[] =>
    (found ?? []).flatMap(record => {
      if (record.type === 'OPT') return [];
      const { name, ...rest } = record;
      return [{ ...rest, owner: name, ttl: Math.max(0, (rest.ttl ?? 0) - age) }];
    });
  const rcode = rcodeOf(reply);
  return {
    rcode: rcode === RCODE.NOERROR ? 'NOERROR' : rcode === RCODE.NXDOMAIN ? 'NXDOMAIN' : 'SERVFAIL',
    answers: [...answers, ...records(message.answers)],
    authorities: records(message.authorities),
  };
}
