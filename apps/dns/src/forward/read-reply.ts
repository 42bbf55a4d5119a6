import { FLAG, HEADER_BYTES, RCODE, TYPE } from '../wire/codes.ts';
import { endOfName, endOfPlainName, foldCase } from '../wire/names.ts';
import { rcodeOf, type Reply } from '../wire/reply.ts';

export interface Sent {
  readonly id: number;
  readonly questionKey: string;
}

export type UpstreamReply =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly lifetime: number; readonly isUnderstood: boolean }
  | { readonly kind: 'truncated' }
  /** Not an answer to what was sent: a late one, or forged. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'malformed' };

/** Seconds. Upstream TTLs outside of this are taken for a mistake, or an attempt to stay for ever. */
const MAX_LIFETIME = 3_600;
/** RFC 2308 §5: one to three hours at most; shorter, as what is missing is often just being made. */
const MAX_NEGATIVE_LIFETIME = 300;
const RECORD_HEAD_BYTES = 10;

/** Checks a message against what was sent and makes it fit to be kept: no id, no OPT record. Never throws. */
export function readReply(message: Buffer, { id, questionKey }: Sent): UpstreamReply {
  if (message.length < HEADER_BYTES || message.readUInt16BE(0) !== id) return { kind: 'foreign' };
  const flags = message.readUInt16BE(2);
  if (!(flags & FLAG.response) || flags & FLAG.opcode) return { kind: 'foreign' };
  const rcode = flags & FLAG.rcode;
  // Some servers repeat no question when they refuse one.
  if (message.readUInt16BE(4) === 0 && rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return notUnderstood(questionKey, rcode);
  const nameEnd = message.readUInt16BE(4) === 1 ? endOfPlainName(message, HEADER_BYTES) : undefined;
  if (nameEnd === undefined || nameEnd + 4 > message.length) return { kind: 'foreign' };
  const questionEnd = nameEnd + 4;
  const key = foldCase(message.toString('latin1', HEADER_BYTES, nameEnd)) + message.toString('latin1', nameEnd, questionEnd);
  if (key !== questionKey) return { kind: 'foreign' };
  if (flags & FLAG.truncated) return { kind: 'truncated' };
  return readRecords(message, questionEnd);
}

function notUnderstood(questionKey: string, rcode: number): UpstreamReply {
  const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), Buffer.from(questionKey, 'latin1')]);
  bytes.writeUInt16BE(FLAG.response | rcode, 2);
  bytes.writeUInt16BE(1, 4);
  const reply = { bytes, ends: [], counts: { answers: 0, authorities: 0, additionals: 0 }, ttlOffsets: [] };
  return { kind: 'reply', reply, lifetime: 0, isUnderstood: rcode !== RCODE.FORMERR && rcode !== RCODE.NOTIMP };
}

function readRecords(message: Buffer, questionEnd: number): UpstreamReply {
  const [answers, authorities, additionals] = [message.readUInt16BE(6), message.readUInt16BE(8), message.readUInt16BE(10)];
  const needed = answers + authorities;
  const ends: number[] = [];
  const ttlOffsets: number[] = [];
  let lifetime = MAX_LIFETIME;
  let negativeLifetime = 0;
  let at = questionEnd;
  while (ends.length < needed + additionals) {
    const nameEnd = endOfName(message, at);
    if (nameEnd === undefined || nameEnd + RECORD_HEAD_BYTES > message.length) return { kind: 'malformed' };
    const end = nameEnd + RECORD_HEAD_BYTES + message.readUInt16BE(nameEnd + 8);
    if (end > message.length) return { kind: 'malformed' };
    const type = message.readUInt16BE(nameEnd);
    // The OPT record speaks of this hop only. What follows it is optional, and may point into what would move.
    if (type === TYPE.OPT && ends.length >= needed) break;
    const ttl = message.readInt32BE(nameEnd + 4);
    if (type === TYPE.SOA && ends.length >= answers && ends.length < needed && end - nameEnd >= RECORD_HEAD_BYTES + 4)
      negativeLifetime = Math.min(MAX_NEGATIVE_LIFETIME, Math.max(0, ttl), message.readUInt32BE(end - 4));
    lifetime = Math.min(lifetime, Math.max(0, ttl)); // a negative one counts as zero (RFC 2181 §8)
    ttlOffsets.push(nameEnd + 4);
    ends.push(end);
    at = end;
  }
  const bytes = Buffer.from(message.subarray(0, at));
  bytes.writeUInt16BE(bytes.readUInt16BE(2) & ~FLAG.authoritative, 2); // we are not
  bytes.writeUInt16BE(ends.length - needed, 10);
  const reply: Reply = { bytes, ends, ttlOffsets, counts: { answers, authorities, additionals: ends.length - needed } };
  const rcode = rcodeOf(reply);
  const isPositive = rcode === RCODE.NOERROR && answers > 0;
  const isCachable = rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN;
  return {
    kind: 'reply',
    reply,
    // Without a SOA record nobody said how long it stays missing (RFC 2308 §5).
    lifetime: isPositive ? lifetime : isCachable ? Math.min(lifetime, negativeLifetime) : 0,
    isUnderstood: rcode !== RCODE.FORMERR && rcode !== RCODE.NOTIMP,
  };
}
