/** One element of DER: its tag, what is in it, and all of its bytes. */
export interface DerNode {
  readonly tag: number;
  readonly content: Buffer;
  readonly raw: Buffer;
}

/** The elements that stand side by side in `bytes`. Throws for what is cut short. */
export function readDer(bytes: Buffer): readonly DerNode[] {
  const nodes: DerNode[] = [];
  for (let at = 0; at < bytes.length;) {
    const node = readNode(bytes, at);
    nodes.push(node);
    at += node.raw.length;
  }
  return nodes;
}

function readNode(bytes: Buffer, at: number): DerNode {
  const first = bytes[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) throw new Error('the DER holds a length that is none');
  const start = at + 2 + lengthBytes;
  const length = first < 0x80 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (start + length > bytes.length) throw new Error('the DER is cut short');
  return { tag: bytes[at] ?? 0, content: bytes.subarray(start, start + length), raw: bytes.subarray(at, start + length) };
}

/** The elements inside one that must be there. */
export function childrenOf(node: DerNode | undefined): readonly DerNode[] {
  if (!node) throw new Error('the DER lacks an element');
  return readDer(node.content);
}

/** The dotted form of an object identifier. */
export function readOid(node: DerNode | undefined): string {
  const [head = 0, ...rest] = node?.content ?? Buffer.alloc(0);
  const parts = [Math.floor(head / 40), head % 40];
  let value = 0;
  for (const byte of rest) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    parts.push(value);
    value = 0;
  }
  return parts.join('.');
}

/** The bytes of a PEM block; undefined when there is no block of that name, or more than one of any. */
export function readPem(text: string, name: string): Buffer | undefined {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g)];
  const [block, ...others] = blocks;
  return block?.[1] === name && others.length === 0 ? Buffer.from(block[2] ?? '', 'base64') : undefined;
}

export function writePem(bytes: Buffer, name: string): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`, ''].join('\n');
}
