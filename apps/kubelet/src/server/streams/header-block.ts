/**
 * Header blocks of one connection are one zlib stream (RFC 1950) that is flushed after each. We write every block as one
 * stored deflate block (RFC 1951, section 3.2.4) and an empty one, at which readers pass on what they have: no compressor
 * whose state must be kept in order with the frames, and no preset dictionary; headers of a hundred bytes are not worth either.
 */
export class HeaderBlocks {
  #started = false;

  encode(headers: Readonly<Record<string, string>>): Buffer {
    const start = this.#started ? Buffer.alloc(0) : ZLIB_HEADER;
    this.#started = true;
    return Buffer.concat([start, stored(pairs(headers)), stored(Buffer.alloc(0))]);
  }
}

/** Deflate, 32 KiB window, no dictionary, fastest. */
const ZLIB_HEADER = Buffer.from([0x78, 0x01]);

/** Not the last block, and not compressed; then its length, and that again with every bit turned. */
function stored(data: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(data.length, 1);
  head.writeUInt16LE(~data.length & 0xffff, 3);
  return Buffer.concat([head, data]);
}

/** SPDY/3.1, section 2.6.10: names in lower case, each text after its length. */
function pairs(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers);
  return Buffer.concat([uint32(entries.length), ...entries.flatMap(([name, value]) => [text(name.toLowerCase()), text(value)])]);
}

const text = (value: string): Buffer => Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
