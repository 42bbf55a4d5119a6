import { deflateRawSync } from 'node:zlib';
import { readZipEntry } from './zip.ts';

const le = (value: number, bytes: 2 | 4): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
};
const blank = (bytes: number): Buffer => Buffer.alloc(bytes);

/** With extra fields and comments, which a reader must step over. */
function zip(files: readonly { readonly name: string; readonly content: Buffer; readonly method: number }[]): Buffer {
  const [locals, entries]: [Buffer[], Buffer[]] = [[], []];
  for (const { name, content, method } of files) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const at = Buffer.concat(locals).length;
    const facts = [le(packed.length, 4), le(content.length, 4), le(name.length, 2)];
    locals.push(Buffer.concat([le(0x04034b50, 4), blank(14), ...facts, le(3, 2), Buffer.from(name), blank(3), packed]));
    entries.push(
      Buffer.concat([
        ...[le(0x02014b50, 4), blank(6), le(method, 2), blank(8), ...facts, le(2, 2), le(1, 2), blank(8), le(at, 4)],
        ...[Buffer.from(name), blank(3)],
      ]),
    );
  }
  const [body, directory] = [Buffer.concat(locals), Buffer.concat(entries)];
  const sizes = [le(files.length, 2), le(files.length, 2), le(directory.length, 4), le(body.length, 4), le(0, 2)];
  return Buffer.concat([body, directory, le(0x06054b50, 4), blank(4), ...sizes]);
}

describe('readZipEntry', () => {
  const content = Buffer.from('kubectl '.repeat(100));
  const archive = zip([
    { name: 'README', content: Buffer.from('hello'), method: 0 },
    { name: 'kubectl/kubectl', content, method: 8 },
  ]);

  it('reads stored and deflated files', () => {
    expect(readZipEntry(archive, 'README').toString()).toBe('hello');
    expect(readZipEntry(archive, 'kubectl/kubectl').equals(content)).toBe(true);
  });

  it.each([
    { name: 'a missing file', bytes: archive, want: 'the zip archive has no helm/helm' },
    { name: 'something else', bytes: Buffer.from('<html>'), want: 'not a zip archive' },
  ])('refuses $name', ({ bytes, want }) => {
    expect(() => readZipEntry(bytes, 'helm/helm')).toThrow(want);
  });
});
