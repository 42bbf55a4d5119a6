import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isReason } from '@steersman/status';
import type { Store } from '../store.ts';
import { openLmdbStore } from './open-lmdb-store.ts';

const MB = 2 ** 20;
const DISK_MB = 48;
const RESERVE_BYTES = 4 * MB;
const VALUE = Buffer.alloc(100_000, 'v');
const LOOK_AGAIN_MS = 100;

const put = (key: string): Parameters<Store['transact']>[0] => ({ compares: [], write: { type: 'put', key, value: VALUE } });

/** Writes until the store refuses; what it acknowledged. */
async function fill(store: Store): Promise<string[]> {
  const written: string[] = [];
  for (;;) {
    const key = `/a/${String(written.length).padStart(5, '0')}`;
    try {
      await store.transact(put(key));
    } catch (err) {
      if (!isReason(err, 'ServiceUnavailable')) throw err;
      expect(err.message).toMatch(
        /^the disk of the store .* is full: only deletes are possible until there are 8 MB free; free space or delete objects$/,
      );
      return written;
    }
    written.push(key);
  }
}

/** Tries until the store takes a write again. */
async function untilTaken(store: Store, key: string): Promise<void> {
  for (;;) {
    try {
      await store.transact(put(key));
      return;
    } catch (err) {
      if (!isReason(err, 'ServiceUnavailable')) throw err;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('disk-full: not run, mounting a small disk needs root\n');

(isRoot ? describe : describe.skip)('a store on a full disk', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'steersman-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'steersman-test', dir]);
  });
  afterEach(() => {
    execFileSync('umount', [dir]);
    rmSync(dir, { recursive: true });
  });

  it('refuses writes, goes on reading and deleting, and recovers when objects are deleted', async () => {
    mkdirSync(join(dir, 'store'));
    await using store = await openLmdbStore({ dir: join(dir, 'store'), reserveBytes: RESERVE_BYTES });
    const written = await fill(store);
    expect(written.length).toBeGreaterThan(100);
    expect((await store.range({ start: '/a/', end: '/a0' })).kvs.map(({ key }) => key)).toEqual(written);
    for (const key of written.slice(0, -1)) await store.transact({ compares: [], write: { type: 'delete', key } });
    await expect(store.transact(put('/a/too-early'))).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
    await store.compact(await store.revision());
    await untilTaken(store, '/a/again');
    expect((await store.range({ start: '/a/', end: '/a0' })).kvs.map(({ key }) => key)).toEqual([written.at(-1), '/a/again']);
  }, 60_000);

  it('recovers when somebody else makes space', async () => {
    mkdirSync(join(dir, 'store'));
    const ballast = join(dir, 'ballast');
    writeFileSync(ballast, Buffer.alloc(24 * MB));
    await using store = await openLmdbStore({ dir: join(dir, 'store'), reserveBytes: RESERVE_BYTES });
    const written = await fill(store);
    rmSync(ballast);
    await untilTaken(store, '/a/again');
    expect((await store.range({ start: '/a/', end: '/a0' })).kvs.map(({ key }) => key)).toEqual([...written, '/a/again']);
    const { bavail, bsize } = statfsSync(dir);
    expect(bavail * bsize).toBeGreaterThan(0);
  }, 60_000);
});
