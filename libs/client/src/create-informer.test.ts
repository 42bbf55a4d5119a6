import { FakeClient, FakeClock, eventually, settled } from '@steersman/testing';
import { type ApiObject, defineKind } from '@steersman/types';
import { newTrace, withTrace } from '@steersman/telemetry';
import { createInformer, type InformerOptions } from './create-informer.ts';
import type { ResourceClient } from './client.ts';

interface Thing extends ApiObject {
  spec: { on: string };
}

const thingKind = defineKind<Thing>({
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  scope: 'Namespaced',
  schema: 'V1Thing',
  columns: [],
});

const thing = (name: string, on = 'n1') => ({ metadata: { name, namespace: 'ns' }, spec: { on } });
const stop = new AbortController();
afterAll(() => stop.abort());

function start(
  options: Partial<InformerOptions<Thing>> = {},
  client = new FakeClient(),
  resource: ResourceClient<Thing> = client.of(thingKind),
) {
  const clock = new FakeClock();
  const informer = createInformer(resource, { signal: stop.signal, clock, indexes: { on: ({ spec }) => [spec.on] }, ...options });
  const seen: string[] = [];
  informer.subscribe(({ prev, next }) =>
    seen.push(`${prev ? `${prev.metadata.name}@${prev.spec.on}` : '-'} > ${next ? `${next.metadata.name}@${next.spec.on}` : '-'}`),
  );
  return { client, things: client.of(thingKind), informer, seen, clock };
}

/** A watch that can be cut, as connections are. */
function cuttable(client: FakeClient): { resource: ResourceClient<Thing>; cut: (err?: Error) => void; watches: string[] } {
  const resource = client.of(thingKind);
  const watches: string[] = [];
  let cut: (err?: Error) => void = () => {};
  return {
    watches,
    cut: err => cut(err),
    resource: {
      ...resource,
      async *watch(options) {
        watches.push(options.resourceVersion ?? 'all');
        const one = new AbortController();
        let failure: Error | undefined;
        cut = err => {
          failure = err;
          one.abort();
        };
        options.signal.addEventListener('abort', () => one.abort());
        yield* resource.watch({ ...options, signal: one.signal });
        if (failure) throw failure;
      },
    },
  };
}

describe('createInformer', () => {
  it('shows what is there, then every change in order', async () => {
    const client = new FakeClient();
    const a = await client.of(thingKind).create(thing('a'));
    const { informer, things, seen } = start({}, client);
    await informer.synced(stop.signal);
    await things.update({ ...a, spec: { on: 'n2' } });
    await things.create(thing('b'));
    await things.delete({ namespace: 'ns', name: 'a' });
    await settled();
    expect(seen).toEqual(['- > a@n1', 'a@n1 > a@n2', '- > b@n1', 'a@n2 > -']);
    expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(['b']);
  });

  it('finds objects by key, namespace and index, and forgets old index values', async () => {
    const { informer, things } = start();
    const a = await things.create(thing('a'));
    await things.create(thing('b'));
    await things.update({ ...a, spec: { on: 'n2' } });
    await settled();
    expect(informer.by('on', 'n1').map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(informer.by('on', 'n2').map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(informer.get('ns/a')?.spec.on).toBe('n2');
    expect(informer.list('other')).toEqual([]);
    expect(() => informer.by('colour', 'red')).toThrow('there is no index "colour", only on');
  });

  it('tells a late listener of what is there', async () => {
    const { informer, things } = start();
    await things.create(thing('a'));
    await settled();
    const seen: unknown[] = [];
    using _ = informer.subscribe(change => seen.push(change));
    expect(seen).toEqual([{ next: informer.get('ns/a') }]);
  });

  it('passes on the trace of the write', async () => {
    const { informer, things } = start();
    await informer.synced(stop.signal);
    const traces: unknown[] = [];
    informer.subscribe(({ traceparent }) => traces.push(traceparent));
    const trace = newTrace();
    await withTrace(trace, () => things.create(thing('a')));
    await settled();
    expect(traces).toEqual([expect.stringContaining(trace.traceId)]);
  });

  it('resumes from the last version after a lost connection and misses nothing', async () => {
    const client = new FakeClient();
    const { resource, cut, watches } = cuttable(client);
    const { informer, things, seen, clock } = start({}, client, resource);
    await informer.synced(stop.signal);
    await things.create(thing('a'));
    await settled();
    cut(new Error('connection lost'));
    await eventually(() => clock.sleeping || undefined);
    await things.create(thing('b'));
    await clock.advance(1000);
    expect(watches).toEqual(['all', '1']);
    expect(seen).toEqual(['- > a@n1', '- > b@n1']);
  });

  it('reads all again when its version is too old, and tells the difference only', async () => {
    const client = new FakeClient();
    const { resource, cut, watches } = cuttable(client);
    const { informer, things, seen, clock } = start({}, client, resource);
    const [gone, kept, replaced] = [
      await things.create(thing('gone')),
      await things.create(thing('kept')),
      await things.create(thing('replaced')),
    ];
    await informer.synced(stop.signal);
    await settled();
    cut(new Error('connection lost'));
    await eventually(() => clock.sleeping || undefined);
    seen.length = 0;
    await things.delete({ namespace: 'ns', name: 'gone' });
    await things.delete({ namespace: 'ns', name: 'replaced' });
    await things.create(thing('replaced', 'n2'));
    await things.create(thing('new'));
    client.store.compact();
    await clock.advance(1000);
    await clock.advance(1000);
    expect(watches).toEqual(['all', '3', 'all']);
    expect(seen).toEqual(['gone@n1 > -', '- > new@n1', 'replaced@n1 > -', '- > replaced@n2']);
    expect(informer.get('ns/kept')).toEqual(kept);
    expect([gone, replaced]).toHaveLength(2);
  });

  it('goes on when a listener fails', async () => {
    const { informer, things, seen } = start();
    informer.subscribe(() => {
      throw new Error('listener');
    });
    await things.create(thing('a'));
    await settled();
    expect(seen).toEqual(['- > a@n1']);
  });
});
