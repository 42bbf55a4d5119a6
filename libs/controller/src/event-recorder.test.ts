import { FakeClient, FakeClock } from '@steersman/testing';
import { StatusError } from '@steersman/status';
import { defineKind, type Event } from '@steersman/types';
import { createEventRecorder, type EventNote } from './event-recorder.ts';

const eventKind = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  scope: 'Namespaced',
  schema: 'CoreV1Event',
  columns: [],
});
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'ns', uid: 'u1', resourceVersion: '7', creationTimestamp: '' },
};
const note = (more: Partial<EventNote> = {}): EventNote => ({
  about: pod,
  type: 'Normal',
  reason: 'Pulled',
  message: 'Container image "x" already present on machine',
  ...more,
});

function start(client = new FakeClient()) {
  const clock = new FakeClock('2026-01-01T00:00:00Z');
  const recorder = createEventRecorder({
    events: client.of(eventKind),
    component: 'kubelet',
    host: 'n1',
    signal: new AbortController().signal,
    clock,
  });
  const events = () => Object.values(client.all(eventKind));
  return { recorder, events, clock, client };
}

describe('createEventRecorder', () => {
  it('writes the shape kubectl describe reads', async () => {
    const { recorder, events } = start();
    recorder.record(note({ fieldPath: 'spec.containers{web}' }));
    await recorder.flushed();
    expect(events()).toMatchObject([
      {
        metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/), namespace: 'ns' },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          namespace: 'ns',
          name: 'web',
          uid: 'u1',
          resourceVersion: '7',
          fieldPath: 'spec.containers{web}',
        },
        type: 'Normal',
        reason: 'Pulled',
        source: { component: 'kubelet', host: 'n1' },
        reportingComponent: 'kubelet',
        reportingInstance: 'n1',
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        count: 1,
      },
    ]);
  });

  it('counts repetitions on the first event', async () => {
    const { recorder, events, clock } = start();
    for (let i = 0; i < 3; i++) {
      recorder.record(note());
      await recorder.flushed();
      await clock.advance(60_000);
    }
    expect(events()).toMatchObject([{ count: 3, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:02:00Z' }]);
  });

  it('makes it anew with its count when the event has expired', async () => {
    const { recorder, events, client } = start();
    recorder.record(note());
    await recorder.flushed();
    await client.of(eventKind).delete(events()[0]!.metadata);
    recorder.record(note());
    await recorder.flushed();
    recorder.record(note());
    await recorder.flushed();
    expect(events()).toMatchObject([{ count: 3 }]);
  });

  it('combines many that differ in their message only', async () => {
    const { recorder, events } = start();
    for (let i = 0; i < 15; i++) recorder.record(note({ message: `attempt ${i}` }));
    await recorder.flushed();
    expect(events()).toHaveLength(11);
    expect(events().find(({ count }) => count === 5)).toMatchObject({ message: '(combined from similar events): attempt 14' });
  });

  it('lets an object that goes on and on have one event in five minutes', async () => {
    const { recorder, events, clock } = start();
    for (let i = 0; i < 100; i++) recorder.record(note());
    await recorder.flushed();
    expect(events()).toMatchObject([{ count: 25 }]);
    await clock.advance(300_000);
    recorder.record(note());
    await recorder.flushed();
    expect(events()).toMatchObject([{ count: 26 }]);
  });

  it('puts events about objects without a namespace into default', async () => {
    const { recorder, events } = start();
    const { namespace: _, ...metadata } = pod.metadata;
    recorder.record(note({ about: { apiVersion: 'v1', kind: 'Node', metadata } }));
    await recorder.flushed();
    expect(events()).toMatchObject([{ metadata: { namespace: 'default' }, involvedObject: { kind: 'Node' } }]);
    expect(events()[0]!.involvedObject.namespace).toBeUndefined();
  });

  it.each([
    { name: 'tries again while the server is away', reason: 'ServiceUnavailable', want: 1 },
    { name: 'gives up in a namespace that is going away', reason: 'Forbidden', want: 0 },
  ] as const)('$name', async ({ reason, want }) => {
    let fails = 2;
    const client = new FakeClient({
      intercept: () => {
        if (fails-- > 0) throw new StatusError(reason, 'no');
      },
    });
    const { recorder, events, clock } = start(client);
    recorder.record(note());
    await clock.advance(1_000);
    await clock.advance(1_000);
    await recorder.flushed();
    expect(events()).toHaveLength(want);
  });

  it('writes one anew that was refused before', async () => {
    let refuse = true;
    const intercept = (): void => {
      if (refuse) throw new StatusError('Forbidden', 'the namespace is being terminated');
    };
    const { recorder, events } = start(new FakeClient({ intercept }));
    recorder.record(note());
    await recorder.flushed();
    refuse = false;
    recorder.record(note());
    await recorder.flushed();
    expect(events()).toMatchObject([{ reason: 'Pulled', count: 2 }]);
  });
});
