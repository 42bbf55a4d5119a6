import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { peer } from './peers.ts';

export const IMAGE = 'e2e.steersman.io/box:1';

/** Counts in its log until it is told to stop, which it does at once. */
const COMMAND = ['/bin/sh', '-c', 'trap "echo bye; exit 0" TERM; n=0; while :; do echo "tick $n"; n=$((n+1)); sleep 0.2 & wait $!; done'];
const APPLETS = [
  'sh',
  'cat',
  'echo',
  'env',
  'head',
  'hostname',
  'httpd',
  'id',
  'ip',
  'ls',
  'nc',
  'printenv',
  'ps',
  'sleep',
  'stty',
  'tail',
  'touch',
  'tty',
  'wc',
  'wget',
];

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly data?: Buffer;
  readonly link?: string;
}

/** Writes an OCI archive of a static busybox: no registry is needed. */
export function writeImage(file: string): void {
  const layer = tar([
    ...['bin/', 'etc/', 'proc/', 'sys/', 'dev/'].map(name => ({ name, mode: 0o755 })),
    { name: 'tmp/', mode: 0o1777 },
    { name: 'etc/passwd', mode: 0o644, data: Buffer.from('root:x:0:0:root:/:/bin/sh\n') },
    { name: 'bin/busybox', mode: 0o755, data: readFileSync(peer('busybox')) },
    ...APPLETS.map(applet => ({ name: `bin/${applet}`, mode: 0o777, link: 'busybox' })),
  ]);
  const packed = gzipSync(layer, { level: 1 });
  const config = json({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: COMMAND, Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  });
  const describe = (mediaType: string, blob: Buffer) => ({
    mediaType: `application/vnd.oci.image.${mediaType}`,
    digest: digest(blob),
    size: blob.length,
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describe('config.v1+json', config),
    layers: [describe('layer.v1.tar+gzip', packed)],
  });
  const annotations = { 'io.containerd.image.name': IMAGE, 'org.opencontainers.image.ref.name': IMAGE.split(':')[1] };
  const index = json({ schemaVersion: 2, manifests: [{ ...describe('manifest.v1+json', manifest), annotations }] });
  const blobs = [config, manifest, packed].map(data => ({ name: `blobs/sha256/${digest(data).slice(7)}`, mode: 0o644, data }));
  const folders = ['blobs/', 'blobs/sha256/'].map(name => ({ name, mode: 0o755 }));
  const layout = { name: 'oci-layout', mode: 0o644, data: json({ imageLayoutVersion: '1.0.0' }) };
  writeFileSync(file, tar([layout, { name: 'index.json', mode: 0o644, data: index }, ...folders, ...blobs]));
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const digest = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

const tar = (entries: readonly Entry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(entry => [header(entry), entry.data ?? Buffer.alloc(0), padding(entry.data?.length ?? 0)]),
    Buffer.alloc(1024),
  ]);

const padding = (size: number): Buffer => Buffer.alloc((512 - (size % 512)) % 512);

/** POSIX ustar: offsets and octal texts are the format's. */
function header({ name, mode, data, link = '' }: Entry): Buffer {
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
