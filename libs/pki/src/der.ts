/** Distinguished Encoding Rules (ITU-T X.690), as far as certificates need them. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
};
const SEQUENCE = 0x30;
const SET = 0x31;

export const der = {
  boolean: (value: boolean): Buffer => node(TAG.boolean, Buffer.from([value ? 0xff : 0])),
  /** `bytes` is the unsigned number, most significant byte first. */
  integer: (bytes: Buffer): Buffer => node(TAG.integer, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes),
  bitString: (bytes: Buffer, unusedBits = 0): Buffer => node(TAG.bitString, Buffer.concat([Buffer.from([unusedBits]), bytes])),
  octetString: (bytes: Buffer): Buffer => node(TAG.octetString, bytes),
  utf8: (text: string): Buffer => node(TAG.utf8, Buffer.from(text)),
  sequence: (...items: readonly Buffer[]): Buffer => node(SEQUENCE, Buffer.concat(items)),
  set: (...items: readonly Buffer[]): Buffer => node(SET, Buffer.concat(items)),
  oid,
  time,
  /** Context-specific tag; `constructed` when it wraps other nodes. */
  tagged: (tag: number, content: Buffer, { constructed }: { readonly constructed: boolean }): Buffer =>
    node((constructed ? 0xa0 : 0x80) | tag, content),
} as const;

function node(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return node(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

/** RFC 5280 4.1.2.5: two digits for the year until 2049, four from then on. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? node(TAG.utcTime, Buffer.from(digits.slice(2))) : node(TAG.generalizedTime, Buffer.from(digits));
}
