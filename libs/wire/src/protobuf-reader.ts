import { StatusError } from '@steersman/status';

const decoder = new TextDecoder('utf-8', { fatal: true });

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding/). Throws BadRequest beyond the end. */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  tag(): { readonly number: number; readonly wire: number } {
    const tag = Number(this.varint());
    return { number: tag >>> 3, wire: tag & 7 };
  }

  /** Signed 64 bit: protobuf writes negative integers as ten bytes. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed('a number has more than ten bytes');
  }

  bytes(): Uint8Array {
    const length = Number(this.varint());
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw malformed('it ends in the middle of a field');
    const slice = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return slice;
  }

  text(): string {
    try {
      return decoder.decode(this.bytes());
    } catch (err) {
      if (err instanceof StatusError) throw err;
      throw malformed('a text is not UTF-8');
    }
  }

  double(): number {
    const end = this.#at + 8;
    if (end > this.#bytes.length) throw malformed('it ends in the middle of a field');
    const value = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, 8).getFloat64(0, true);
    this.#at = end;
    return value;
  }

  skip(wire: number): void {
    if (wire === WIRE.varint) this.varint();
    else if (wire === WIRE.bytes) this.bytes();
    else if (wire === WIRE.fixed64 || wire === WIRE.fixed32) this.#at += wire === WIRE.fixed64 ? 8 : 4;
    else throw malformed(`wire type ${wire} is not used by Kubernetes`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw malformed('it ends in the middle of a field');
    return byte;
  }
}

export const malformed = (why: string): StatusError => new StatusError('BadRequest', `the protobuf body cannot be read: ${why}`);
