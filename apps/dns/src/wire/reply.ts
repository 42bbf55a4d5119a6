import { FLAG, HEADER_BYTES, MAX_MESSAGE_BYTES, RCODE } from './codes.ts';
import type { Edns, Parsed, Query } from './parse-query.ts';

/** An answer in wire form, a whole message but for its id and the OPT record, that fits every client that asks the same question. */
export interface Reply {
  readonly bytes: Buffer;
  /** Where each record ends: answers, authorities, additionals. */
  readonly ends: readonly number[];
  readonly counts: Counts;
  /** Where the TTLs stand that run down while the reply is kept; empty for what the cluster itself knows. */
  readonly ttlOffsets: readonly number[];
  /** Bytes per answer when the order of the answers says nothing and they are equally long: it is turned with every reply. */
  readonly rotates?: number;
}

export interface Counts {
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
}

export type Transport = 'udp' | 'tcp';

export interface Rendering {
  readonly transport: Transport;
  readonly recursionAvailable: boolean;
  /** Seconds since the reply was got. */
  readonly age?: number;
  /** Any number: which answer comes first. */
  readonly turn?: number;
}

/** Largest UDP message that no common path has to fragment (https://www.dnsflagday.net/2020/). */
export const UDP_PAYLOAD_BYTES = 1_232;
const PLAIN_UDP_BYTES = 512;
const OPT_BYTES = 11;

export const rcodeOf = ({ bytes }: Pick<Reply, 'bytes'>): number => bytes.readUInt16BE(2) & FLAG.rcode;

/** The reply as this client gets it: its id, its spelling of the name, cut to what it can take. */
export function renderReply(reply: Reply, message: Buffer, query: Query, rendering: Rendering): Buffer {
  const { edns } = query;
  const room = limitOf(rendering.transport, edns) - (edns ? OPT_BYTES : 0);
  const kept = reply.bytes.length <= room ? undefined : fitting(reply, query.questionEnd, room);
  const end = kept?.end ?? reply.bytes.length;
  const out = Buffer.allocUnsafe(end + (edns ? OPT_BYTES : 0));
  reply.bytes.copy(out, query.questionEnd, query.questionEnd, end);
  message.copy(out, HEADER_BYTES, HEADER_BYTES, query.questionEnd);
  if (!kept && reply.rotates !== undefined) turnAnswers(out, reply, query.questionEnd, rendering.turn ?? 0);
  if (rendering.age) ageTtls(out, reply, end, rendering.age);
  const { answers, authorities, additionals } = kept?.counts ?? reply.counts;
  writeHeader(out, {
    id: query.id,
    flags: replyFlags(reply.bytes.readUInt16BE(2), query, rendering) | (kept?.isTruncated ? FLAG.truncated : 0),
    counts: [1, answers, authorities, additionals + (edns ? 1 : 0)],
  });
  if (edns) writeOpt(out, end, { rcode: 0, isDnssecOk: edns.isDnssecOk });
  return out;
}

/** An answer that carries nothing but a code. */
export function renderRefusal(message: Buffer, { rcode, questionEnd, edns }: Omit<Extract<Parsed, { kind: 'refused' }>, 'kind'>): Buffer {
  const end = questionEnd ?? HEADER_BYTES;
  const out = Buffer.allocUnsafe(end + (edns ? OPT_BYTES : 0));
  message.copy(out, 0, 0, end);
  const asked = message.readUInt16BE(2);
  const kept = asked & (FLAG.opcode | FLAG.recursionDesired | FLAG.checkingDisabled);
  writeHeader(out, {
    id: message.readUInt16BE(0),
    flags: FLAG.response | kept | (rcode & FLAG.rcode),
    counts: [questionEnd === undefined ? 0 : 1, 0, 0, edns ? 1 : 0],
  });
  if (edns) writeOpt(out, end, { rcode, isDnssecOk: edns.isDnssecOk });
  return out;
}

/** For when something of ours failed. */
export const renderFailure = (message: Buffer, query: Query, rcode: number = RCODE.SERVFAIL): Buffer =>
  renderRefusal(message, { rcode, questionEnd: query.questionEnd, edns: query.edns });

function limitOf(transport: Transport, edns: Edns | undefined): number {
  if (transport === 'tcp') return MAX_MESSAGE_BYTES;
  return edns ? Math.max(PLAIN_UDP_BYTES, Math.min(edns.payloadSize, UDP_PAYLOAD_BYTES)) : PLAIN_UDP_BYTES;
}

/** As many whole records as fit. Additional ones may be missing without a sign (RFC 2181 §9), the others may not. */
function fitting({ ends, counts }: Reply, questionEnd: number, room: number): { end: number; counts: Counts; isTruncated: boolean } {
  const overflow = ends.findIndex(end => end > room);
  const fit = overflow < 0 ? ends.length : overflow;
  const answers = Math.min(counts.answers, fit);
  const authorities = Math.min(counts.authorities, fit - answers);
  const needed = counts.answers + counts.authorities;
  return {
    end: fit === 0 ? questionEnd : (ends[fit - 1] ?? questionEnd),
    counts: { answers, authorities, additionals: fit - answers - authorities },
    isTruncated: fit < needed,
  };
}

function turnAnswers(out: Buffer, { bytes, counts, rotates = 0 }: Reply, start: number, turn: number): void {
  const length = counts.answers * rotates;
  const shift = (turn % counts.answers) * rotates;
  if (shift === 0) return;
  bytes.copy(out, start, start + shift, start + length);
  bytes.copy(out, start + length - shift, start, start + shift);
}

function ageTtls(out: Buffer, { bytes, ttlOffsets }: Reply, end: number, age: number): void {
  for (const at of ttlOffsets) {
    if (at + 4 <= end) out.writeUInt32BE(Math.max(0, bytes.readUInt32BE(at) - age), at);
  }
}

function replyFlags(stored: number, query: Query, { recursionAvailable }: Rendering): number {
  const wantsProof = query.edns?.isDnssecOk === true || (query.flags & FLAG.authentic) !== 0;
  return (
    FLAG.response |
    (stored & (FLAG.authoritative | FLAG.rcode | (wantsProof ? FLAG.authentic : 0))) |
    (query.flags & (FLAG.recursionDesired | FLAG.checkingDisabled)) |
    (recursionAvailable ? FLAG.recursionAvailable : 0)
  );
}

function writeHeader(
  out: Buffer,
  { id, flags, counts }: { readonly id: number; readonly flags: number; readonly counts: readonly number[] },
): void {
  out.writeUInt16BE(id, 0);
  out.writeUInt16BE(flags, 2);
  counts.forEach((count, at) => out.writeUInt16BE(count, 4 + at * 2));
}

function writeOpt(out: Buffer, at: number, { rcode, isDnssecOk }: { readonly rcode: number; readonly isDnssecOk: boolean }): void {
  out[at] = 0;
  out.writeUInt16BE(41, at + 1);
  out.writeUInt16BE(UDP_PAYLOAD_BYTES, at + 3);
  out[at + 5] = rcode >> 4;
  out[at + 6] = 0;
  out.writeUInt16BE(isDnssecOk ? 0x8000 : 0, at + 7);
  out.writeUInt16BE(0, at + 9);
}
