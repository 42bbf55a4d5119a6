/**
 * SPDY/3.1 frames (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/), as far as the streaming servers
 * of container runtimes use them. Those are built on moby/spdystream, which has no flow control: it neither sends nor
 * heeds WINDOW_UPDATE. Backpressure is that of the TCP connection.
 */
const VERSION = 3;
const HEADER_BYTES = 8;
const CONTROL = 0x8000_0000;
const ID_MASK = 0x7fff_ffff;

export const TYPE = { SYN_STREAM: 1, SYN_REPLY: 2, RST_STREAM: 3, PING: 6, GOAWAY: 7, HEADERS: 8, WINDOW_UPDATE: 9 } as const;
export const FIN = 1;

export type Frame =
  | { readonly kind: 'data'; readonly streamId: number; readonly fin: boolean; readonly data: Buffer }
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer };

/** Cuts a byte stream into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): readonly Frame[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const frames: Frame[] = [];
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUIntBE(5, 3);
      if (bytes.length < end) break;
      frames.push(frameOf(bytes.subarray(0, end)));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
    return frames;
  }
}

function frameOf(bytes: Buffer): Frame {
  const first = bytes.readUInt32BE(0);
  const flags = bytes.readUInt8(4);
  const payload = bytes.subarray(HEADER_BYTES);
  return first >= CONTROL
    ? { kind: 'control', type: first & 0xffff, flags, payload }
    : { kind: 'data', streamId: first, fin: (flags & FIN) !== 0, data: payload };
}

export function dataFrame(streamId: number, data: Buffer, options: { readonly fin: boolean }): Buffer {
  return Buffer.concat([head(streamId, options.fin ? FIN : 0, data.length), data]);
}

export function controlFrame(type: number, payload: Buffer, flags = 0): Buffer {
  return Buffer.concat([head(CONTROL + VERSION * 0x1_0000 + type, flags, payload.length), payload]);
}

function head(first: number, flags: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32BE(first, 0);
  bytes.writeUInt8(flags, 4);
  bytes.writeUIntBE(length, 5, 3);
  return bytes;
}

/** `headerBlock` of header-block.ts; priority and slot stay 0. */
export function synStream(streamId: number, headerBlock: Buffer): Buffer {
  const payload = Buffer.alloc(10 + headerBlock.length);
  payload.writeUInt32BE(streamId, 0);
  headerBlock.copy(payload, 10);
  return controlFrame(TYPE.SYN_STREAM, payload);
}

/** Of SYN_STREAM, SYN_REPLY and RST_STREAM. */
export const streamIdOf = (payload: Buffer): number => payload.readUInt32BE(0) & ID_MASK;
