import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ociArchive } from './oci-archive.ts';
import { tar } from './tar.ts';

describe('ociArchive', () => {
  const dir = mkdtempSync(join(tmpdir(), 'oci-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const layer = tar([
    { name: 'bin/', mode: 0o755 },
    { name: 'bin/tool', mode: 0o755, data: Buffer.from('tool') },
    { name: 'bin/alias', mode: 0o777, link: 'tool' },
    { name: `${'deep/'.repeat(25)}file`, mode: 0o600, data: Buffer.from('deep') },
  ]);

  it('holds an index, a manifest, a configuration and a layer, each under its digest', () => {
    const file = join(dir, 'image.tar');
    writeFileSync(file, ociArchive({ name: 'example.io/box:2', layer, architecture: 'arm64', config: { Cmd: ['/bin/tool'] } }));
    execFileSync('tar', ['-xf', file, '-C', dir]);
    const blob = (digest: string): Buffer => {
      const data = readFileSync(join(dir, 'blobs', 'sha256', digest.slice(7)));
      expect(`sha256:${createHash('sha256').update(data).digest('hex')}`).toBe(digest);
      return data;
    };
    const index = JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8'));
    expect(index.manifests[0].annotations['io.containerd.image.name']).toBe('example.io/box:2');
    const manifest = JSON.parse(blob(index.manifests[0].digest).toString());
    expect(JSON.parse(blob(manifest.config.digest).toString())).toMatchObject({ architecture: 'arm64', config: { Cmd: ['/bin/tool'] } });
    expect(blob(manifest.layers[0].digest).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });

  it('writes archives that tar reads', () => {
    const file = join(dir, 'layer.tar');
    writeFileSync(file, layer);
    const listing = execFileSync('tar', ['-tvf', file], { encoding: 'utf8' }).trim().split('\n');
    expect(listing.map(line => line.replace(/^(\S+) .* \d\d:\d\d /, '$1 '))).toEqual([
      'drwxr-xr-x bin/',
      '-rwxr-xr-x bin/tool',
      'lrwxrwxrwx bin/alias -> tool',
      `-rw------- ${'deep/'.repeat(25)}file`,
    ]);
  });
});
