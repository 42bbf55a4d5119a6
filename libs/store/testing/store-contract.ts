import { isInternal, type Store, type StoreEvent, type TransactionResult } from '../src/store.ts';

const put = (key: string, value: string, modRevision?: number): Parameters<Store['transact']>[0] => ({
  compares: modRevision === undefined ? [] : [{ key, modRevision }],
  write: { type: 'put', key, value: Buffer.from(value) },
});

async function committed(result: Promise<TransactionResult>): Promise<number> {
  const done = await result;
  if (!done.committed) throw new Error('the transaction was refused');
  return done.revision;
}

/** Takes changes from a watch until `count` have come. */
async function take(store: Store, { afterRevision, count }: { afterRevision: number; count: number }): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  const stop = new AbortController();
  for await (const batch of store.watch(
    { start: '/a/', end: '/a0', afterRevision },
    AbortSignal.any([stop.signal, AbortSignal.timeout(5_000)]),
  )) {
    events.push(...batch.events);
    if (events.length >= count) stop.abort();
  }
  return events;
}

const revisionOf = (event: StoreEvent): number => (event.type === 'put' ? event.kv.modRevision : event.revision);

/** What every store promises. `open` gives a new, empty store; `reopen` closes and opens the same data again. */
export function storeContract(
  name: string,
  { open, reopen }: { open: () => Promise<Store>; reopen?: (store: Store) => Promise<Store> },
): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    beforeEach(async () => (store = await open()));
    afterEach(async () => store[Symbol.asyncDispose]());

    it('reads what it acknowledged', async () => {
      const revision = await committed(store.transact(put('/a/x', 'one', 0)));
      expect(await store.get('/a/x')).toMatchObject({ key: '/a/x', createRevision: revision, modRevision: revision, version: 1 });
      const second = await committed(store.transact(put('/a/x', 'two', revision)));
      expect(await store.get('/a/x')).toMatchObject({ createRevision: revision, modRevision: second, version: 2 });
      expect((await store.get('/a/x'))?.value.toString()).toBe('two');
      expect(await store.get('/a/y')).toBeUndefined();
    });

    it('refuses a write whose compare fails, and says what is there', async () => {
      const revision = await committed(store.transact(put('/a/x', 'one', 0)));
      const refused = await store.transact(put('/a/x', 'other', 0));
      expect(refused).toMatchObject({ committed: false, current: [{ key: '/a/x', modRevision: revision }] });
      expect((await store.get('/a/x'))?.value.toString()).toBe('one');
    });

    it('gives each object write of a turn a revision of its own', async () => {
      const revisions = await Promise.all(Array.from({ length: 50 }, (_, at) => committed(store.transact(put(`/a/${at}`, 'v', 0)))));
      expect(new Set(revisions).size).toBe(50);
    });

    it('lets exactly one of many compare-and-swaps win', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, (_, at) => store.transact(put('/a/x', String(at), 0))));
      expect(results.filter(result => result.committed)).toHaveLength(1);
    });

    it('deletes, and creates anew as version 1', async () => {
      const first = await committed(store.transact(put('/a/x', 'one', 0)));
      await committed(store.transact({ compares: [{ key: '/a/x', modRevision: first }], write: { type: 'delete', key: '/a/x' } }));
      expect(await store.get('/a/x')).toBeUndefined();
      const again = await committed(store.transact(put('/a/x', 'new', 0)));
      expect(await store.get('/a/x')).toMatchObject({ createRevision: again, version: 1 });
    });

    it('keeps internal entries beside, under the same revision and unwatched', async () => {
      const revision = await committed(
        store.transact({ ...put('/a/x', 'one', 0), internal: [{ key: '/steersman/fence', value: Buffer.from('f') }] }),
      );
      expect(isInternal('/steersman/fence')).toBe(true);
      expect(await store.get('/steersman/fence')).toMatchObject({ modRevision: revision });
      const refused = await store.transact({
        compares: [{ key: '/steersman/fence', modRevision: revision - 1 }],
        write: { type: 'put', key: '/a/y', value: Buffer.from('y') },
      });
      expect(refused.committed).toBe(false);
      expect((await store.range({ start: '/', end: '0' })).kvs.map(({ key }) => key)).toEqual(['/a/x']);
    });

    it('lists a range in order, as of any revision, page by page', async () => {
      for (const name of ['c', 'a', 'b']) await store.transact(put(`/a/${name}`, `${name}1`));
      const then = await store.revision();
      await store.transact(put('/a/b', 'b2'));
      await store.transact({ compares: [], write: { type: 'delete', key: '/a/a' } });
      const values = async (revision?: number): Promise<string[]> =>
        (await store.range({ start: '/a/', end: '/a0', ...(revision && { revision }) })).kvs.map(({ value }) => value.toString());
      expect(await values()).toEqual(['b2', 'c1']);
      expect(await values(then)).toEqual(['a1', 'b1', 'c1']);
      const page = await store.range({ start: '/a/', end: '/a0', revision: then, limit: 2 });
      expect(page.more).toBe(true);
      expect(page.kvs.map(({ key }) => key)).toEqual(['/a/a', '/a/b']);
    });

    it('shows a watcher every change once and in order, those before it came and those after', async () => {
      const start = await store.revision();
      await Promise.all(Array.from({ length: 20 }, (_, at) => store.transact(put(`/a/${at}`, 'v'))));
      const watched = take(store, { afterRevision: start, count: 41 });
      await Promise.all(Array.from({ length: 20 }, (_, at) => store.transact(put(`/a/${at}`, 'w'))));
      await store.transact(put('/b/outside', 'x'));
      await store.transact({ compares: [], write: { type: 'delete', key: '/a/0' } });
      const events = await watched;
      const revisions = events.map(revisionOf);
      expect(revisions).toHaveLength(41);
      expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
      expect(new Set(revisions).size).toBe(41);
      expect(events.at(-1)).toMatchObject({ type: 'delete', key: '/a/0', previous: { version: 2 } });
    });

    it('forgets what was replaced before a compaction, and nothing else', async () => {
      const first = await committed(store.transact(put('/a/x', 'one')));
      await store.transact(put('/a/x', 'two'));
      await store.transact(put('/a/y', 'kept'));
      const now = await store.revision();
      await store.compact(now);
      expect((await store.range({ start: '/a/', end: '/a0' })).kvs.map(({ value }) => value.toString())).toEqual(['two', 'kept']);
      await expect(store.range({ start: '/a/', end: '/a0', revision: first })).rejects.toMatchObject({ reason: 'Expired' });
      await expect(take(store, { afterRevision: first, count: 1 })).rejects.toMatchObject({ reason: 'Expired' });
      expect(await store.oldest()).toBe(now);
    });

    it('refuses what no store takes', async () => {
      await expect(store.transact(put('/a/big', 'x'.repeat(1_572_865)))).rejects.toMatchObject({ reason: 'RequestEntityTooLarge' });
      await expect(store.transact(put('', 'x'))).rejects.toMatchObject({ reason: 'BadRequest' });
      await expect(store.transact(put('/steersman/x', 'x'))).rejects.toMatchObject({ reason: 'BadRequest' });
    });

    if (reopen) {
      it('has after a restart what it had before, and never gives a revision twice', async () => {
        const before = await committed(store.transact(put('/a/x', 'one', 0)));
        await store.transact(put('/a/y', 'gone'));
        await store.transact({ compares: [], write: { type: 'delete', key: '/a/y' } });
        const last = await store.revision();
        store = await reopen(store);
        expect(await store.revision()).toBe(last);
        expect(await store.get('/a/x')).toMatchObject({ modRevision: before });
        expect(await store.get('/a/y')).toBeUndefined();
        expect(await committed(store.transact(put('/a/z', 'new')))).toBeGreaterThan(last);
      });
    }
  });
}
