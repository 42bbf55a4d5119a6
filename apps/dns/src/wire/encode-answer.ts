import { type Answer as PacketAnswer, encode } from 'dns-packet';
import { FLAG, HEADER_BYTES, RCODE } from './codes.ts';
import type { Question } from './parse-query.ts';
import type { Reply } from './reply.ts';

/** A record as dns-packet encodes it, whose owner is the name in question unless it says so. */
export type ResourceRecord = Unnamed<Exclude<PacketAnswer, { type: 'OPT' }>> & { readonly owner?: string };
type Unnamed<T> = T extends unknown ? Omit<T, 'name'> : never;

/** What there is to say to a question; the sections are those of a DNS message. */
export interface Answer {
  readonly rcode: keyof typeof RCODE;
  readonly isAuthoritative: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authorities?: readonly ResourceRecord[];
  readonly additionals?: readonly ResourceRecord[];
}

/** Points at the name of the question, behind the header (RFC 1035 §4.1.4). */
const QUESTION_POINTER = Buffer.from([0xc0, HEADER_BYTES]);

export function encodeAnswer(question: Question, answer: Answer): Reply {
  const { answers, authorities = [], additionals = [] } = answer;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(FLAG.response | (answer.isAuthoritative ? FLAG.authoritative : 0) | RCODE[answer.rcode], 2);
  [1, answers.length, authorities.length, additionals.length].forEach((count, at) => header.writeUInt16BE(count, 4 + at * 2));
  const parts: Buffer[] = [header, Buffer.from(question.key, 'latin1')];
  let end = parts.reduce((sum, part) => sum + part.length, 0);
  const ends: number[] = [];
  const sizes = new Set<number>();
  [...answers, ...authorities, ...additionals].forEach((record, at) => {
    const bytes = encodeRecord(record);
    if (at < answers.length) sizes.add(bytes.length);
    parts.push(bytes);
    ends.push((end += bytes.length));
  });
  const [size] = sizes;
  const mayTurn = answers.length > 1 && sizes.size === 1 && answers.every(({ type, owner }) => isAddress(type) && owner === undefined);
  return {
    bytes: Buffer.concat(parts),
    ends,
    counts: { answers: answers.length, authorities: authorities.length, additionals: additionals.length },
    ttlOffsets: [],
    ...(mayTurn && size !== undefined && { rotates: size }),
  };
}

const isAddress = (type: string): boolean => type === 'A' || type === 'AAAA';

function encodeRecord({ owner, ...rest }: ResourceRecord): Buffer {
  const record = { ...rest, name: owner ?? '.' } as PacketAnswer;
  const bytes = encode({ answers: [record] }).subarray(HEADER_BYTES);
  return owner === undefined ? Buffer.concat([QUESTION_POINTER, bytes.subarray(1)]) : bytes;
}
