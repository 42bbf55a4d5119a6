import { createInformer } from '@steersman/client';
import { Metrics } from '@steersman/telemetry';
import { currentTrace, newTrace, withTrace } from '@steersman/telemetry';
import { FakeClient, FakeClock, settled } from '@steersman/testing';
import { type ApiObject, defineKind, keyOf } from '@steersman/types';
import { queueMetrics } from './queue.metrics.ts';
import { type Controller, runController } from './run-controller.ts';
import { watch, watchOwned } from './watch.ts';

interface Thing extends ApiObject {
  spec: { size: number };
}

const kindOf = (kind: string, plural: string) =>
  defineKind<Thing>({ group: 'example.com', version: 'v1', kind, plural, scope: 'Namespaced', schema: `V1${kind}`, columns: [] });
const thingKind = kindOf('Thing', 'things');
const partKind = kindOf('Part', 'parts');

const stops: AbortController[] = [];
afterEach(() => stops.splice(0).forEach(stop => stop.abort()));

function start(reconcile: Controller['reconcile'], workers = 1) {
  const stop = new AbortController();
  stops.push(stop);
  const clock = new FakeClock();
  const client = new FakeClient();
  const informers = {
    things: createInformer(client.of(thingKind), { signal: stop.signal }),
    parts: createInformer(client.of(partKind), { signal: stop.signal }),
  };
  const watches = [watch(informers.things, thing => [keyOf(thing)]), watchOwned(informers.parts, thingKind)];
  const metrics = new Metrics();
  const running = runController(
    { name: 'test', workers, watches, reconcile },
    { signal: stop.signal, clock, metrics: queueMetrics(metrics) },
  );
  return { client, things: client.of(thingKind), parts: client.of(partKind), clock, stop, running, metrics };
}

const thing = (name: string) => ({ metadata: { name, namespace: 'ns' }, spec: { size: 0 } });

describe('runController', () => {
  it('reconciles what changed, and the owner of what changed', async () => {
    const seen: string[] = [];
    const { things, parts } = start(async key => void seen.push(key));
    const { metadata } = await things.create(thing('a'));
    await settled();
    const owner = { apiVersion: 'example.com/v1', kind: 'Thing', name: 'a', uid: metadata.uid, controller: true };
    await parts.create({ metadata: { name: 'p', namespace: 'ns', ownerReferences: [owner] }, spec: { size: 0 } });
    await parts.create({ metadata: { name: 'q', namespace: 'ns', ownerReferences: [{ ...owner, kind: 'Other' }] }, spec: { size: 0 } });
    await settled();
    expect(seen).toEqual(['ns/a', 'ns/a']);
  });

  it('tries a failing key again with growing pauses, and starts over after a success', async () => {
    let fails = 2;
    const times: number[] = [];
    const { things, clock } = start(async () => {
      times.push(clock.now());
      if (fails-- > 0) throw new Error('not yet');
      return undefined;
    });
    await things.create(thing('a'));
    await settled();
    await clock.advance(10_000);
    expect(times).toHaveLength(3);
    expect(times[1]! - times[0]!).toBeLessThan(6);
    expect(times[2]! - times[1]!).toBeGreaterThan(8);
  });

  it('comes back after the time a turn asked for', async () => {
    const times: number[] = [];
    const { things, clock } = start(async () => {
      times.push(clock.now());
      return times.length < 3 ? { againInMs: 1000 } : undefined;
    });
    await things.create(thing('a'));
    await settled();
    await clock.advance(10_000);
    expect(times).toEqual([0, 1000, 2000]);
  });

  it('never works on one key twice at a time', async () => {
    let active = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const { things } = start(async () => {
      most = Math.max(most, ++active);
      await gate.promise;
      active--;
      return undefined;
    }, 4);
    const made = await things.create(thing('a'));
    await settled();
    await things.update({ ...made, spec: { size: 1 } });
    await settled();
    gate.resolve();
    await settled();
    expect(most).toBe(1);
  });

  it('does its work in the trace of the change', async () => {
    const seen: unknown[] = [];
    const { things } = start(async () => void seen.push(currentTrace()?.traceId));
    await settled();
    const trace = newTrace();
    await withTrace(trace, () => things.create(thing('a')));
    await settled();
    expect(seen).toEqual([trace.traceId]);
  });

  it('waits for the turn in progress when it is stopped, and leaves no wait behind', async () => {
    const gate = Promise.withResolvers<void>();
    let done = false;
    const { things, stop, running, clock } = start(async () => {
      await gate.promise;
      done = true;
      return { againInMs: 1 };
    });
    await things.create(thing('a'));
    await settled();
    stop.abort();
    gate.resolve();
    await running;
    expect(done).toBe(true);
    expect(clock.sleeping).toBe(0);
  });

  it('counts its work', async () => {
    const { things, metrics } = start(async () => undefined);
    await things.create(thing('a'));
    await settled();
    expect(metrics.text()).toContain('workqueue_adds_total{name="test"} 1');
    expect(metrics.text()).toContain('workqueue_work_duration_seconds_count{name="test"} 1');
  });
});
