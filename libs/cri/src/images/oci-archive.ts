import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tar } from './tar.ts';

export interface ImageSpec {
  /** With its tag, such as `example.io/box:1`. */
  readonly name: string;
  /** A tar archive of the root file system. */
  readonly layer: Buffer;
  readonly architecture: 'amd64' | 'arm64';
  readonly config: ImageConfig;
}

/** https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
}

export const architectureOf = (arch: string): ImageSpec['architecture'] => (arch === 'arm64' ? 'arm64' : 'amd64');

/** An image of one layer as an OCI archive, which `ctr images import` and `docker load` take. Equal input gives equal bytes. */
export function ociArchive({ name, layer, architecture, config }: ImageSpec): Buffer {
  const packed = gzipSync(layer, { level: 1 });
  const configBlob = json({ architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: [digest(layer)] } });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('config.v1+json', configBlob),
    layers: [descriptor('layer.v1.tar+gzip', packed)],
  });
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1) };
  const index = json({ schemaVersion: 2, manifests: [{ ...descriptor('manifest.v1+json', manifest), annotations }] });
  const blobs = [configBlob, manifest, packed].map(data => ({ name: `blobs/sha256/${digest(data).slice(7)}`, mode: 0o644, data }));
  return tar([
    { name: 'oci-layout', mode: 0o644, data: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', mode: 0o644, data: index },
    ...['blobs/', 'blobs/sha256/'].map(folder => ({ name: folder, mode: 0o755 })),
    ...blobs,
  ]);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const digest = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;
const descriptor = (mediaType: string, blob: Buffer) => ({
  mediaType: `application/vnd.oci.image.${mediaType}`,
  digest: digest(blob),
  size: blob.length,
});
