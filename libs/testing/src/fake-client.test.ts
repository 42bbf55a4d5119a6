import type { Client, WatchEvent } from '@steersman/client';
import { type ApiObject, defineKind } from '@steersman/types';
import { FakeClient } from './fake-client.ts';

interface Thing extends ApiObject {
  spec: { size: number; on?: string };
  status?: { seen: number };
}

const thingKind = defineKind<Thing>({
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  scope: 'Namespaced',
  schema: 'V1Thing',
  subresources: [{ name: 'status' }],
  columns: [],
  selectableFields: { 'spec.on': thing => thing.spec.on ?? '' },
  gracePeriodSeconds: thing => thing.spec.size,
});

const thing = (name: string, spec: Thing['spec'] = { size: 0 }, labels: Record<string, string> = {}) => ({
  metadata: { name, namespace: 'ns', labels },
  spec,
});
const things = (client: Client) => client.of(thingKind);

async function take<T>(events: AsyncIterable<WatchEvent<T>>, count: number): Promise<WatchEvent<T>[]> {
  const taken: WatchEvent<T>[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

describe('FakeClient', () => {
  it('fills in metadata on create and refuses a second one', async () => {
    const client = new FakeClient({ now: () => new Date('2026-01-01T00:00:00Z') });
    const made = await things(client).create(thing('a'));
    expect(made).toMatchObject({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    });
    await expect(things(client).create(thing('a'))).rejects.toMatchObject({ reason: 'AlreadyExists' });
  });

  it('refuses an update of an old version', async () => {
    const client = new FakeClient();
    const made = await things(client).create(thing('a'));
    await things(client).update({ ...made, spec: { size: 2 } });
    await expect(things(client).update({ ...made, spec: { size: 3 } })).rejects.toMatchObject({ reason: 'Conflict' });
  });

  it('keeps status and the rest apart, and moves generation with the spec only', async () => {
    const client = new FakeClient();
    const made = await things(client).create(thing('a'));
    const seen = await things(client).updateStatus({ ...made, spec: { size: 9 }, status: { seen: 1 } });
    expect(seen).toMatchObject({ spec: { size: 0 }, status: { seen: 1 }, metadata: { generation: 1 } });
    const grown = await things(client).update({ ...seen, spec: { size: 2 }, status: { seen: 7 } });
    expect(grown).toMatchObject({ spec: { size: 2 }, status: { seen: 1 }, metadata: { generation: 2 } });
  });

  it('changes nothing for a write that changes nothing', async () => {
    const client = new FakeClient();
    const made = await things(client).create(thing('a'));
    expect((await things(client).update(made)).metadata.resourceVersion).toBe('1');
  });

  it.each([
    { name: 'no grace', size: 0, grace: undefined, want: 'gone' },
    { name: 'its own grace', size: 30, grace: undefined, want: 'marked' },
    { name: 'grace 0', size: 30, grace: 0, want: 'gone' },
  ])('deletes at once or marks: $name', async ({ size, grace, want }) => {
    const client = new FakeClient();
    await things(client).create(thing('a', { size }));
    await things(client).delete({ namespace: 'ns', name: 'a' }, grace === undefined ? {} : { gracePeriodSeconds: grace });
    const left = client.all(thingKind)['ns/a'];
    expect(left ? 'marked' : 'gone').toBe(want);
    expect(left?.metadata.deletionTimestamp !== undefined).toBe(want === 'marked');
  });

  it('removes what is marked once its last finalizer is', async () => {
    const client = new FakeClient();
    const made = await things(client).create({ ...thing('a'), metadata: { name: 'a', namespace: 'ns', finalizers: ['x'] } });
    await things(client).delete({ namespace: 'ns', name: 'a' });
    const marked = await things(client).get({ namespace: 'ns', name: 'a' });
    await things(client).update({ ...marked, metadata: { ...marked.metadata, finalizers: [] } });
    expect(client.all(thingKind)).toEqual({});
    expect(made.metadata.deletionTimestamp).toBeUndefined();
  });

  it('patches', async () => {
    const client = new FakeClient();
    await things(client).create(thing('a'));
    const ref = { namespace: 'ns', name: 'a' };
    expect(await things(client).patch(ref, { spec: { on: 'n1' } }, { type: 'application/merge-patch+json' })).toMatchObject({
      spec: { size: 0, on: 'n1' },
    });
    const ops = [{ op: 'replace', path: '/spec/size', value: 4 }];
    expect(await things(client).patch(ref, ops, { type: 'application/json-patch+json' })).toMatchObject({ spec: { size: 4, on: 'n1' } });
  });

  it('lists and watches by selectors, showing objects enter and leave', async () => {
    const client = new FakeClient();
    await things(client).create(thing('a', { size: 0, on: 'n1' }));
    await things(client).create(thing('b', { size: 0, on: 'n2' }));
    const stop = new AbortController();
    const watching = take(things(client).watch({ fieldSelector: 'spec.on=n1', sendInitialEvents: true, signal: stop.signal }), 4);
    const [a] = (await things(client).list({ fieldSelector: 'spec.on=n1' })).items;
    await things(client).update({ ...a!, spec: { size: 0, on: 'n2' } });
    const b = await things(client).get({ namespace: 'ns', name: 'b' });
    await things(client).update({ ...b, spec: { size: 0, on: 'n1' } });
    expect(
      (await watching).map(event => (event.type === 'BOOKMARK' ? event.resourceVersion : `${event.type} ${event.object.metadata.name}`)),
    ).toEqual(['ADDED a', '2', 'DELETED a', 'ADDED b']);
  });

  it('fails a watch from before compaction with Expired', async () => {
    const client = new FakeClient();
    await things(client).create(thing('a'));
    await things(client).create(thing('b'));
    client.store.compact();
    await expect(take(things(client).watch({ resourceVersion: '1', signal: new AbortController().signal }), 1)).rejects.toMatchObject({
      reason: 'Expired',
    });
  });

  it('fails the calls a test wants to fail', async () => {
    const client = new FakeClient({
      intercept: ({ verb }) => {
        if (verb === 'create') throw new Error('no');
      },
    });
    await expect(things(client).create(thing('a'))).rejects.toThrow('no');
  });
});
