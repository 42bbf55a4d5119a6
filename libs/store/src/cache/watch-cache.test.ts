import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbStore } from '../lmdb/open-lmdb-store.ts';
import { encodeValue } from '../stored-value.ts';
import type { Store } from '../store.ts';
import type { CacheEvent, Watcher, WatchCache } from '../watch-types.ts';
import { createWatchCache } from './store-watch-cache.ts';

const PODS = '/registry/core/pods/';
const signal = AbortSignal.timeout(20_000);

let dir: string;
let store: Store;
let cache: WatchCache;
let stop: AbortController;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'steersman-cache-'));
  store = await openLmdbStore({ dir, reserveBytes: 1_048_576 });
  stop = new AbortController();
  cache = createWatchCache({ store });
  void cache.run(stop.signal);
  await cache.ready(signal);
});

afterEach(async () => {
  stop.abort();
  await store[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

interface PodInput {
  readonly namespace?: string;
  readonly node?: string;
  readonly labels?: Record<string, string>;
}

async function put(name: string, { namespace = 'default', node = '', labels = {} }: PodInput = {}): Promise<number> {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: name, resourceVersion: '', creationTimestamp: '', labels },
  };
  const { revision } = await store.transact({
    compares: [],
    write: { type: 'put', key: `${PODS}${namespace}/${name}`, value: encodeValue({ object, fields: { 'spec.nodeName': node } }) },
  });
  return revision;
}

const remove = async (name: string): Promise<number> =>
  (await store.transact({ compares: [], write: { type: 'delete', key: `${PODS}default/${name}` } })).revision;

const describeEvent = (event: CacheEvent): string =>
  event.type === 'BOOKMARK' ? `BOOKMARK${event.initialEventsEnd ? ' end' : ''}` : `${event.type} ${event.object.name}`;

async function read(watcher: Watcher, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count)
    seen.push(...((await watcher.next()) ?? ['ended' as never]).map(event => (typeof event === 'string' ? event : describeEvent(event))));
  return seen;
}

const names = async (request: Parameters<ReturnType<WatchCache['resource']>['list']>[0]): Promise<string[]> =>
  (await cache.resource(PODS).list(request)).items.map(({ name }) => name);

describe('list', () => {
  beforeEach(async () => {
    await put('b', { node: 'n1', labels: { app: 'web' } });
    await put('a', { node: 'n2' });
    await put('c', { namespace: 'other', node: 'n1' });
    await cache.current(signal);
  });

  it.each([
    { name: 'everything, in order', request: {}, expected: ['a', 'b', 'c'] },
    { name: 'a namespace', request: { namespace: 'other' }, expected: ['c'] },
    { name: 'by field', request: { equals: { 'spec.nodeName': 'n1' } }, expected: ['b', 'c'] },
    { name: 'by field in a namespace', request: { namespace: 'default', equals: { 'spec.nodeName': 'n1' } }, expected: ['b'] },
    { name: 'by name', request: { equals: { 'metadata.name': 'a' } }, expected: ['a'] },
    { name: 'two namespaces at once', request: { namespace: 'default', equals: { 'metadata.namespace': 'other' } }, expected: [] },
    {
      name: 'by label',
      request: { matches: (object: { labels: Readonly<Record<string, string>> }) => object.labels['app'] === 'web' },
      expected: ['b'],
    },
  ])('$name', async ({ request, expected }) => {
    expect(await names(request)).toEqual(expected);
  });

  it('pages through the state of the first page, whatever changes meanwhile', async () => {
    const first = await cache.resource(PODS).list({ limit: 2 });
    expect(first.items.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(first.remaining).toBe(1);
    await remove('a');
    await put('d');
    await cache.current(signal);
    const second = await cache.resource(PODS).list({ limit: 2, continue: first.continue });
    expect(second.items.map(({ name }) => name)).toEqual(['c']);
    expect(second.revision).toBe(first.revision);
    expect(second.continue).toBeUndefined();
  });

  it('knows the past, until it is compacted', async () => {
    const then = await store.revision();
    await remove('a');
    await cache.current(signal);
    expect(await names({ revision: then })).toEqual(['a', 'b', 'c']);
    await store.compact(await store.revision());
    await expect(names({ revision: then })).rejects.toMatchObject({ reason: 'Expired' });
  });
});

describe('watch', () => {
  it('goes on from a revision', async () => {
    const first = await put('a');
    await put('b');
    await cache.current(signal);
    using watcher = await cache.resource(PODS).watch({ revision: first }, signal);
    expect(await read(watcher, 1)).toEqual(['ADDED b']);
    await put('b');
    await remove('a');
    expect(await read(watcher, 2)).toEqual(['MODIFIED b', 'DELETED a']);
  });

  it('shows what enters and leaves a selection', async () => {
    using watcher = await cache.resource(PODS).watch({ equals: { 'spec.nodeName': 'n1' } }, signal);
    await put('a');
    await put('a', { node: 'n1' });
    await put('b', { node: 'n2' });
    await put('a', { node: 'n1', labels: { x: 'y' } });
    await put('a', { node: 'n2' });
    expect(await read(watcher, 3)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('sends what there is and says where that ends', async () => {
    await put('a');
    await put('b');
    await cache.current(signal);
    using watcher = await cache.resource(PODS).watch({ initialEvents: true, bookmarks: true }, signal);
    expect(await read(watcher, 3)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK end']);
    await put('c');
    expect(await read(watcher, 1)).toEqual(['ADDED c']);
  });

  it('gives a deleted object the revision of its delete', async () => {
    await put('a');
    await cache.current(signal);
    using watcher = await cache.resource(PODS).watch({ revision: cache.revision }, signal);
    const revision = await remove('a');
    const [event] = (await watcher.next()) ?? [];
    expect(event).toMatchObject({ type: 'DELETED', revision, object: { resourceVersion: revision } });
  });

  it('shares one event among all watchers', async () => {
    using one = await cache.resource(PODS).watch({ revision: cache.revision }, signal);
    using two = await cache.resource(PODS).watch({ revision: cache.revision }, signal);
    await put('a');
    expect((await one.next())?.[0]).toBe((await two.next())?.[0]);
  });

  it('ends in time, by its reader and by its signal', async () => {
    const resource = cache.resource(PODS);
    using timed = await resource.watch({ timeoutMs: 20 }, signal);
    expect(await timed.next()).toBeUndefined();
    expect(timed.end).toBe('timeout');
    const abort = new AbortController();
    using aborted = await resource.watch({}, abort.signal);
    const next = aborted.next();
    abort.abort();
    expect(await next).toBeUndefined();
    expect(aborted.end).toBe('stopped');
  });

  it('refuses a revision that will not come soon', async () => {
    await expect(cache.resource(PODS).watch({ revision: cache.revision + 1_000 }, signal)).rejects.toMatchObject({ reason: 'Timeout' });
  });

  it('lives on over a restart: a new cache knows the changes since', async () => {
    const first = await put('a');
    await put('b');
    const again = createWatchCache({ store });
    void again.run(stop.signal);
    await again.ready(signal);
    using watcher = await again.resource(PODS).watch({ revision: first }, signal);
    expect(await read(watcher, 1)).toEqual(['ADDED b']);
  });
});

it('has all that was durable when it is asked for the current state', async () => {
  const revision = await put('a');
  expect(await cache.current(signal)).toBe(revision);
  expect(cache.resource(PODS).get('default', 'a')?.resourceVersion).toBe(revision);
});
