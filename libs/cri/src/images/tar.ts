export interface TarEntry {
  /** Folders end in a slash. */
  readonly name: string;
  readonly mode: number;
  readonly data?: Buffer;
  /** Target of a symbolic link. */
  readonly link?: string;
}

const BLOCK = 512;

/** A POSIX ustar archive: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */
export const tar = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(entry => [header(entry), entry.data ?? Buffer.alloc(0), padding(entry.data?.length ?? 0)]),
    Buffer.alloc(2 * BLOCK),
  ]);

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** Offsets and octal texts are the format's; the checksum is counted with blanks in its own place. */
function header({ name, mode, data, link = '' }: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => void block.write(`${value.toString(8).padStart(digits, '0')}\0`, at);
  const { prefix, rest } = splitName(name);
  block.write(rest, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(data?.length ?? 0, 124, 11);
  octal(0, 136, 11);
  block.write('        ', 148);
  block.write(link ? '2' : name.endsWith('/') ? '5' : '0', 156);
  block.write(link, 157);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block.write(' ', 155);
  return block;
}

/** Names over 100 bytes are cut at a slash, the front going into a field of 155. */
function splitName(name: string): { readonly prefix: string; readonly rest: string } {
  if (Buffer.byteLength(name) <= 100) return { prefix: '', rest: name };
  const at = name.indexOf('/', Math.max(0, name.length - 101));
  const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
  if (at < 0 || rest === '' || Buffer.byteLength(prefix) > 155 || Buffer.byteLength(rest) > 100) {
    throw new Error(`"${name}" is too long for a tar archive`);
  }
  return { prefix, rest };
}
