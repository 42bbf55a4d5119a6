import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { storeContract } from '../../testing/store-contract.ts';
import { openLmdbStore } from './open-lmdb-store.ts';

const RESERVE = { reserveBytes: 1_048_576 };
const folders: string[] = [];

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'steersman-store-'));
  folders.push(dir);
  return dir;
}

afterAll(async () => {
  await Promise.all(folders.map(dir => rm(dir, { recursive: true })));
});

const dirs = new WeakMap<object, string>();
const openIn = async (dir: string): ReturnType<typeof openLmdbStore> => {
  const store = await openLmdbStore({ dir, ...RESERVE });
  dirs.set(store, dir);
  return store;
};

storeContract('LMDB', {
  open: async () => openIn(await folder()),
  reopen: async store => {
    await store[Symbol.asyncDispose]();
    return openIn(dirs.get(store) ?? '');
  },
});

it('goes on at a higher revision after a restore, and forgets all history', async () => {
  const dir = await folder();
  const put = (key: string) => ({ compares: [], write: { type: 'put', key, value: Buffer.from('v') } }) as const;
  const stop = new AbortController();
  {
    await using store = await openIn(dir);
    const { revision } = await store.transact(put('/a/x'));
    const watched = store.watch({ start: '/a/', end: '/a0', afterRevision: revision }, stop.signal)[Symbol.asyncIterator]();
    const next = watched.next();
    await store.raise(revision + 1_000);
    await expect(next).rejects.toMatchObject({ reason: 'Expired' });
    await expect(store.range({ start: '/a/', end: '/a0', revision })).rejects.toMatchObject({ reason: 'Expired' });
    expect((await store.get('/a/x'))?.modRevision).toBe(revision);
    expect((await store.transact(put('/a/y'))).revision).toBe(revision + 1_001);
    await store.raise(5);
  }
  await using store = await openIn(dir);
  expect((await store.range({ start: '/a/', end: '/a0' })).kvs.map(({ key }) => key)).toEqual(['/a/x', '/a/y']);
  await store.compact(await store.revision());
  expect((await store.get('/a/x'))?.value.toString()).toBe('v');
  stop.abort();
});

it('lets one process in at a time', async () => {
  const dir = await folder();
  await using _ = await openIn(dir);
  await expect(openLmdbStore({ dir, ...RESERVE })).rejects.toThrow(/in use/);
});

it('keeps what it acknowledged when it is killed in the middle of writing', async () => {
  const dir = await folder();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../testing/writer.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === 300) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  await using store = await openIn(dir);
  const keys = new Set((await store.range({ start: '/a/', end: '/a0' })).kvs.map(({ key, modRevision }) => `${key} ${modRevision}`));
  expect(acknowledged.length).toBeGreaterThanOrEqual(300);
  expect(acknowledged.filter(line => !keys.has(line))).toEqual([]);
});

it.each([
  { name: 'another program wrote', damage: (file: string) => writeFile(file, 'not a database, but something else entirely'.repeat(1_000)) },
  { name: 'was cut short', damage: (file: string) => truncate(file, 9_000) },
])('says what is wrong with a file that $name', async ({ damage }) => {
  const dir = await folder();
  const store = await openIn(dir);
  for (let at = 0; at < 50; at++)
    await store.transact({ compares: [], write: { type: 'put', key: `/a/${at}`, value: Buffer.alloc(2_000) } });
  await store[Symbol.asyncDispose]();
  await damage(join(dir, 'data.mdb'));
  await expect(openLmdbStore({ dir, ...RESERVE })).rejects.toMatchObject({
    reason: 'StoreReadError',
    message: expect.stringContaining('move it away to start empty'),
  });
});
