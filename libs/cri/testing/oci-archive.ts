import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tar, type TarEntry } from './tar.ts';

export interface OciImage {
  /** With its tag. */
  readonly name: string;
  readonly files: readonly TarEntry[];
  readonly command: readonly string[];
}

/** An image of one layer as `ctr images import` reads it: no registry is needed. */
export function ociArchive({ name, files, command }: OciImage): Buffer {
  const layer = tar(files);
  const packed = gzipSync(layer, { level: 1 });
  const config = json({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: command, Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describe('config.v1+json', config),
    layers: [describe('layer.v1.tar+gzip', packed)],
  });
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.split(':')[1] };
  const index = json({ schemaVersion: 2, manifests: [{ ...describe('manifest.v1+json', manifest), annotations }] });
  const blobs = [config, manifest, packed].map(data => ({ name: `blobs/sha256/${digest(data).slice(7)}`, mode: 0o644, data }));
  const folders = ['blobs/', 'blobs/sha256/'].map(folder => ({ name: folder, mode: 0o755 }));
  const layout = { name: 'oci-layout', mode: 0o644, data: json({ imageLayoutVersion: '1.0.0' }) };
  return tar([layout, { name: 'index.json', mode: 0o644, data: index }, ...folders, ...blobs]);
}

const describe = (mediaType: string, blob: Buffer) => ({
  mediaType: `application/vnd.oci.image.${mediaType}`,
  digest: digest(blob),
  size: blob.length,
});

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const digest = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;
