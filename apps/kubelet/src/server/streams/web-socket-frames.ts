/** WebSocket frames (RFC 6455, section 5): what a client sends is masked, what a server sends is not. */

export const OPCODE = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

export interface WebSocketFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Above any message of kubectl (32 KiB) and of other clients that send a file in one. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

const FIN = 0x80;
const MASKED = 0x80;

/** Cuts what a client sends into frames, unmasked. Throws on what breaks the protocol. */
export class WebSocketFrameReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): readonly WebSocketFrame[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const frames: WebSocketFrame[] = [];
    for (;;) {
      const next = firstFrame(bytes);
      if (!next) break;
      frames.push(next.frame);
      bytes = bytes.subarray(next.end);
    }
    this.#rest = bytes;
    return frames;
  }
}

function firstFrame(bytes: Buffer): { readonly frame: WebSocketFrame; readonly end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const maskAt = 2 + lengthBytes;
  if (bytes.length < maskAt + 4) return undefined;
  if ((bytes.readUInt8(1) & MASKED) === 0) throw new Error('a client must mask its frames');
  const length = lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : lengthBytes === 2 ? bytes.readUInt16BE(2) : short;
  if (length > MAX_FRAME_BYTES) throw new Error(`a frame of ${length} bytes is too large`);
  const start = maskAt + 4;
  const end = start + length;
  if (bytes.length < end) return undefined;
  const first = bytes.readUInt8(0);
  const payload = unmasked(bytes.subarray(start, end), bytes.subarray(maskAt, start));
  return { frame: { fin: (first & FIN) !== 0, opcode: first & 0x0f, payload }, end };
}

function unmasked(payload: Buffer, mask: Buffer): Buffer {
  const out = Buffer.allocUnsafe(payload.length);
  for (let at = 0; at < payload.length; at += 1) out[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return out;
}

/** One whole message. */
export function webSocketFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 0x1_0000 ? 4 : 10);
  head.writeUInt8(FIN | opcode, 0);
  if (length < 126) {
    head.writeUInt8(length, 1);
  } else if (length < 0x1_0000) {
    head.writeUInt8(126, 1);
    head.writeUInt16BE(length, 2);
  } else {
    head.writeUInt8(127, 1);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
