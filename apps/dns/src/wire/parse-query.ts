import { CLASS_IN, FLAG, HEADER_BYTES, RCODE, TYPE } from './codes.ts';
import { endOfName, endOfPlainName, foldCase, labelsOfWire } from './names.ts';

/** What is asked, without who asks. */
export interface Question {
  /** The same for all questions that have the same answer: name without case, type and class in wire form. */
  readonly key: string;
  /** Lower case, leftmost first. */
  readonly labels: readonly string[];
  readonly type: number;
}

export interface Edns {
  readonly payloadSize: number;
  /** DNSSEC OK: the client wants signatures. */
  readonly isDnssecOk: boolean;
}

export interface Query {
  readonly id: number;
  readonly flags: number;
  /** The question's bytes, in the client's spelling, end here. */
  readonly questionEnd: number;
  readonly key: string;
  readonly type: number;
  readonly edns: Edns | undefined;
}

export type Parsed =
  | { readonly kind: 'query'; readonly query: Query }
  /** `questionEnd` is absent when there is no question to repeat. */
  | { readonly kind: 'refused'; readonly rcode: number; readonly questionEnd?: number; readonly edns?: Edns | undefined }
  /** Not answered: answering what is no query can make two servers talk for ever. */
  | { readonly kind: 'ignored' };

const TYPE_AND_CLASS_BYTES = 4;
/** Type, class, TTL and length of the data. */
const RECORD_HEAD_BYTES = 10;
const DNSSEC_OK = 0x8000;

/** Never throws, whatever the bytes. */
export function parseQuery(message: Buffer): Parsed {
  if (message.length < HEADER_BYTES) return { kind: 'ignored' };
  const flags = message.readUInt16BE(2);
  if (flags & FLAG.response) return { kind: 'ignored' };
  if (flags & FLAG.opcode) return { kind: 'refused', rcode: RCODE.NOTIMP };
  const nameEnd = message.readUInt16BE(4) === 1 ? endOfPlainName(message, HEADER_BYTES) : undefined;
  if (nameEnd === undefined || nameEnd + TYPE_AND_CLASS_BYTES > message.length) return { kind: 'refused', rcode: RCODE.FORMERR };

  const questionEnd = nameEnd + TYPE_AND_CLASS_BYTES;
  const edns = readEdns(message, questionEnd);
  if (edns === 'malformed') return { kind: 'refused', rcode: RCODE.FORMERR, questionEnd };
  if (edns === 'unknown version')
    return { kind: 'refused', rcode: RCODE.BADVERS, questionEnd, edns: { payloadSize: 0, isDnssecOk: false } };
  if (message.readUInt16BE(nameEnd + 2) !== CLASS_IN) return { kind: 'refused', rcode: RCODE.REFUSED, questionEnd, edns };
  return {
    kind: 'query',
    query: {
      id: message.readUInt16BE(0),
      flags,
      questionEnd,
      key: foldCase(message.toString('latin1', HEADER_BYTES, nameEnd)) + message.toString('latin1', nameEnd, questionEnd),
      type: message.readUInt16BE(nameEnd),
      edns,
    },
  };
}

export const questionOf = ({ key, type }: Pick<Query, 'key' | 'type'>): Question => ({ key, type, labels: labelsOfWire(key) });

/** The question for `type` of a name in wire form, folded. */
export const questionFor = (wire: string, type: number): Question => ({
  key: wire + String.fromCharCode(type >> 8, type & 0xff, 0, CLASS_IN),
  labels: labelsOfWire(wire),
  type,
});

/** Looks for the OPT record (RFC 6891 §6.1) among what follows the question. */
function readEdns(message: Buffer, questionEnd: number): Edns | 'malformed' | 'unknown version' | undefined {
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  let found: Edns | 'unknown version' | undefined;
  for (let at = questionEnd, seen = 0; seen < records; seen++) {
    const nameEnd = endOfName(message, at);
    if (nameEnd === undefined || nameEnd + RECORD_HEAD_BYTES > message.length) return 'malformed';
    const end = nameEnd + RECORD_HEAD_BYTES + message.readUInt16BE(nameEnd + 8);
    if (end > message.length) return 'malformed';
    if (message.readUInt16BE(nameEnd) === TYPE.OPT) {
      if (found !== undefined || message[at] !== 0) return 'malformed';
      found =
        message[nameEnd + 5] === 0
          ? { payloadSize: message.readUInt16BE(nameEnd + 2), isDnssecOk: (message.readUInt16BE(nameEnd + 6) & DNSSEC_OK) !== 0 }
          : 'unknown version';
    }
    at = end;
  }
  return found;
}
