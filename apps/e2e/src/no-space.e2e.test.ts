import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from './cluster.ts';
import { until } from './until.ts';

const MEGABYTE = 1024 * 1024;

describe('a data folder without space', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'e2e-full-'));
  const ballast = join(dataDir, 'ballast');
  let cluster: Cluster;
  beforeAll(async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'e2e-full', dataDir]);
    cluster = Cluster.prepare('full', { dataDir });
    await cluster.up();
  }, 180_000);
  afterAll(async () => {
    await cluster.remove().finally(() => {
      execFileSync('umount', [dataDir]);
      rmSync(dataDir, { recursive: true, force: true });
    });
  }, 120_000);

  const tryCreate = (name: string, bytes = 400_000) => {
    const file = join(cluster.scratch, 'data');
    writeFileSync(file, 'x'.repeat(bytes));
    return cluster.tryKubectl('1.35', ['create', 'configmap', name, `--from-file=${file}`]);
  };

  it('refuses writes with a clear error, goes on with reads and deletes, and recovers by itself', async () => {
    for (const name of ['one', 'two']) expect(await tryCreate(name)).toMatchObject({ code: 0 });
    fill(ballast, dataDir);
    const refused = await until('a write to be refused', async () => {
      const { code, stderr } = await tryCreate(`more-${performance.now().toFixed(0)}`);
      return code === 0 ? undefined : stderr;
    });
    expect(refused).toMatch(/the disk of the store .*apiserver is full: only deletes are possible until there are \d+ MB free/);
    expect(await cluster.kubectl('1.35', ['get', 'configmap', 'two', '-o', 'name'])).toBe('configmap/two\n');
    await cluster.kubectl('1.35', ['delete', 'configmap', 'one']);
    rmSync(ballast);
    await until('writes to be taken again', async () => (await tryCreate('after', 10)).code === 0);
    expect(await cluster.kubectl('1.35', ['get', 'configmap', 'two', 'after', '-o', 'name'])).toBe('configmap/two\nconfigmap/after\n');
    await until('the node to be Ready', async () => / Ready /.test(await cluster.kubectl('1.35', ['get', 'nodes'])));
  }, 150_000);
});

/** A file of the size of what is left in `folder`. */
function fill(file: string, folder: string): void {
  const block = Buffer.alloc(MEGABYTE);
  const descriptor = openSync(file, 'w');
  try {
    for (let { bavail, bsize } = statfsSync(folder); bavail > 0; { bavail, bsize } = statfsSync(folder))
      writeSync(descriptor, block, 0, Math.min(block.length, bavail * bsize));
  } finally {
    closeSync(descriptor);
  }
}
