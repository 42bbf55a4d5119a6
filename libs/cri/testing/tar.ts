export interface TarEntry {
  /** Ends in / for a folder. */
  readonly name: string;
  readonly mode: number;
  readonly data?: Buffer;
  /** Makes it a symbolic link. */
  readonly link?: string;
}

export const tar = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(entry => [header(entry), entry.data ?? Buffer.alloc(0), padding(entry.data?.length ?? 0)]),
    Buffer.alloc(1024),
  ]);

const padding = (size: number): Buffer => Buffer.alloc((512 - (size % 512)) % 512);

/** POSIX ustar: offsets and octal texts are the format's. */
function header({ name, mode, data, link = '' }: TarEntry): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, digits: number): void => void block.write(`${value.toString(8).padStart(digits, '0')}\0`, at);
  block.write(name, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(data?.length ?? 0, 124, 11);
  octal(0, 136, 11);
  block.write('        ', 148);
  block.write(link ? '2' : name.endsWith('/') ? '5' : '0', 156);
  block.write(link, 157);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
