const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
const POINTER = 0xc0;

/** Upper-case ASCII only: DNS compares no other letters without case. Length bytes are at most 63, below every letter. */
export const foldCase = (wire: string): string => (/[A-Z]/.test(wire) ? wire.replace(/[A-Z]+/g, letters => letters.toLowerCase()) : wire);

/** Where the uncompressed name at `start` ends; undefined when it is malformed, or compressed, which a question never needs. */
export function endOfPlainName(message: Buffer, start: number): number | undefined {
  for (let at = start; at < message.length;) {
    const length = message[at] ?? 0;
    if (length > MAX_LABEL_BYTES) return undefined;
    at += length + 1;
    if (at - start > MAX_NAME_BYTES) return undefined;
    if (length === 0) return at;
  }
  return undefined;
}

/** Where the name at `start` ends in its record, a pointer counting as its end. */
export function endOfName(message: Buffer, start: number): number | undefined {
  for (let at = start; at < message.length;) {
    const length = message[at] ?? 0;
    if ((length & POINTER) === POINTER) return at + 2 <= message.length ? at + 2 : undefined;
    if (length > MAX_LABEL_BYTES) return undefined;
    at += length + 1;
    if (length === 0) return at;
  }
  return undefined;
}

/** Labels of a name in wire form, one latin1 character per byte. */
export function labelsOfWire(wire: string): readonly string[] {
  const labels: string[] = [];
  for (let at = 0; at < wire.length;) {
    const length = wire.charCodeAt(at);
    if (length === 0) break;
    labels.push(wire.slice(at + 1, at + 1 + length));
    at += length + 1;
  }
  return labels;
}

/** The wire form of a dotted name; undefined when it cannot be one. */
export function wireOfName(name: string): string | undefined {
  if (name === '.') return '\0';
  const labels = name.replace(/\.$/, '').split('.');
  if (labels.some(label => label.length === 0 || label.length > MAX_LABEL_BYTES)) return undefined;
  const wire = `${labels.map(label => String.fromCharCode(label.length) + label).join('')}\0`;
  return wire.length > MAX_NAME_BYTES ? undefined : wire;
}
