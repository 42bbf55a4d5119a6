import { randomInt } from 'node:crypto';
import { FLAG, HEADER_BYTES, TYPE } from '../wire/codes.ts';
import { UDP_PAYLOAD_BYTES } from '../wire/reply.ts';

/** A question as it goes to an upstream server. */
export interface ForwardQuestion {
  readonly key: string;
  readonly isDnssecOk: boolean;
  readonly isCheckingDisabled: boolean;
}

const OPT_BYTES = 11;
const IDS = 0x1_0000;

/** `withEdns` is false for servers that do not know it. */
export function upstreamQuery(
  { key, isDnssecOk, isCheckingDisabled }: ForwardQuestion,
  withEdns: boolean,
): { id: number; message: Buffer } {
  const question = Buffer.from(key, 'latin1');
  const message = Buffer.alloc(HEADER_BYTES + question.length + (withEdns ? OPT_BYTES : 0));
  const id = randomInt(IDS);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(FLAG.recursionDesired | (isCheckingDisabled ? FLAG.checkingDisabled : 0), 2);
  message.writeUInt16BE(1, 4);
  message.writeUInt16BE(withEdns ? 1 : 0, 10);
  question.copy(message, HEADER_BYTES);
  if (!withEdns) return { id, message };
  const opt = HEADER_BYTES + question.length;
  message.writeUInt16BE(TYPE.OPT, opt + 1);
  message.writeUInt16BE(UDP_PAYLOAD_BYTES, opt + 3);
  message.writeUInt16BE(isDnssecOk ? 0x8000 : 0, opt + 7);
  return { id, message };
}

/** Questions that have the same answer have the same. */
export const cacheKeyOf = ({ key, isDnssecOk, isCheckingDisabled }: ForwardQuestion): string =>
  `${isDnssecOk ? 'd' : ''}${isCheckingDisabled ? 'c' : ''}|${key}`;
