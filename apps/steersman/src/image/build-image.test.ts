import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { buildImage } from './build-image.ts';

const { signal } = new AbortController();
const none = { packages: [], config: {} };

describe('buildImage', () => {
  const dir = mkdtempSync(join(tmpdir(), 'build-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('packs a folder as it is, links and modes too', async () => {
    const folder = join(dir, 'root');
    mkdirSync(join(folder, 'app'), { recursive: true });
    writeFileSync(join(folder, 'app', 'run'), 'run', { mode: 0o750 });
    symlinkSync('app/run', join(folder, 'start'));
    const archive = await buildImage({ ...none, name: 'example.io/app:1', folder }, signal);
    const files = execFileSync('tar', ['-t'], { input: archive, encoding: 'utf8' }).split('\n');
    const layers = files
      .filter(name => name.startsWith('blobs/sha256/') && !name.endsWith('/'))
      .map(name => execFileSync('tar', ['-xO', name], { input: archive }))
      .filter(blob => blob[0] === 0x1f);
    expect(layers).toHaveLength(1);
    const listing = execFileSync('tar', ['-tv'], { input: gunzipSync(layers[0]!), encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(listing.map(line => line.replace(/^(\S+) .* \d\d:\d\d /, '$1 '))).toEqual([
      'drwxr-xr-x app/',
      '-rwxr-x--- app/run',
      'lrwxrwxrwx start -> app/run',
    ]);
  });

  it('wants files', async () => {
    await expect(buildImage({ ...none, name: 'example.io/app:1', folder: undefined }, signal)).rejects.toThrow('an image needs files');
  });
});
