import type { Pod } from '@steersman/types';
import { budget, node, pod, type PodFacts } from '../testing/builders.ts';
import { type Decision, Scheduler, type SchedulingEvent } from './scheduler.ts';

const at = (name: string, nodeName: string, facts: PodFacts = {}, startTime = '2026-01-01T00:00:00Z'): SchedulingEvent => {
  const made = pod(name, { priority: 0, ...facts, nodeName });
  return { type: 'pod', pod: { ...made, status: { phase: 'Running', startTime } } };
};
const nodes = (...names: readonly string[]): readonly SchedulingEvent[] => names.map(name => ({ type: 'node', node: node(name) }));
const incoming = (found: Pod): SchedulingEvent => ({ type: 'pod', pod: found });
const urgent = (facts: PodFacts = {}): Pod => pod('urgent', { priority: 100, requests: { cpu: '2' }, ...facts });
const three = { requests: { cpu: '3' } };

function outcome(decision: Decision | undefined): object | undefined {
  if (decision?.type !== 'unschedulable') return decision;
  const { message, preemption } = decision;
  return preemption
    ? { node: preemption.nodeName, victims: preemption.victims.map(({ metadata }) => metadata.name) }
    : { why: message.replace(/.* preemption: /, '') };
}

const protecting = (app: string, allowed: number): SchedulingEvent => ({ type: 'budget', budget: budget(app, { app }, allowed) });

describe('preemption', () => {
  it.each<{ name: string; events: readonly SchedulingEvent[]; found: Pod; want: object }>([
    {
      name: 'takes the place of a lesser pod',
      events: [...nodes('a'), at('low', 'a', three)],
      found: urgent(),
      want: { node: 'a', victims: ['low'] },
    },
    {
      name: 'takes no more victims than it needs, the least important',
      events: [
        ...nodes('a'),
        at('x', 'a', { requests: { cpu: '2' }, priority: 5 }),
        at('y', 'a', { requests: { cpu: '1' }, priority: 1 }),
        at('z', 'a', { requests: { cpu: '1' }, priority: 2 }),
      ],
      found: urgent(),
      want: { node: 'a', victims: ['z', 'y'] },
    },
    {
      name: 'of equals ends the one that started last',
      events: [
        ...nodes('a'),
        at('old', 'a', { requests: { cpu: '2' } }, '2026-01-01T00:00:00Z'),
        at('young', 'a', { requests: { cpu: '2' } }, '2026-01-02T00:00:00Z'),
      ],
      found: urgent(),
      want: { node: 'a', victims: ['young'] },
    },
    {
      name: 'goes where the least important pods are',
      events: [...nodes('a', 'b'), at('x', 'a', { ...three, priority: 50 }), at('y', 'b', { ...three, priority: 10 })],
      found: urgent(),
      want: { node: 'b', victims: ['y'] },
    },
    {
      name: 'goes where fewer pods have to end',
      events: [
        ...nodes('a', 'b'),
        at('x', 'a', { requests: { cpu: '2' }, priority: 1 }),
        at('y', 'a', { requests: { cpu: '2' }, priority: 1 }),
        at('z', 'b', { requests: { cpu: '4' }, priority: 1 }),
      ],
      found: urgent({ requests: { cpu: '4' } }),
      want: { node: 'b', victims: ['z'] },
    },
    {
      name: 'spares what a disruption budget protects',
      events: [
        ...nodes('a', 'b'),
        protecting('kept', 0),
        at('x', 'a', { ...three, labels: { app: 'kept' } }),
        at('y', 'b', { ...three, priority: 50 }),
      ],
      found: urgent(),
      want: { node: 'b', victims: ['y'] },
    },
    {
      name: 'ends protected pods when nothing else helps',
      events: [...nodes('a'), protecting('kept', 0), at('x', 'a', { ...three, labels: { app: 'kept' } })],
      found: urgent(),
      want: { node: 'a', victims: ['x'] },
    },
    {
      name: 'makes room for its host port',
      events: [...nodes('a'), at('x', 'a', { ports: [{ containerPort: 80, hostPort: 80 }] }), at('y', 'a')],
      found: urgent({ ports: [{ containerPort: 80, hostPort: 80 }] }),
      want: { node: 'a', victims: ['x'] },
    },
    {
      name: 'ends pods it will not be with',
      events: [...nodes('a'), at('x', 'a', { labels: { app: 'x' } }), at('y', 'a')],
      found: urgent({
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'x' } } },
            ],
          },
        },
      }),
      want: { node: 'a', victims: ['x'] },
    },
    {
      name: 'does not touch its equals',
      events: [...nodes('a'), at('x', 'a', { ...three, priority: 100 })],
      found: urgent(),
      want: { why: '0/1 nodes are available: 1 No preemption victims found for incoming pod.' },
    },
    {
      name: 'says what is missing even without the lesser pods',
      events: [...nodes('a'), at('low', 'a', { requests: { cpu: '1' } }), at('high', 'a', { ...three, priority: 100 })],
      found: urgent(),
      want: { why: '0/1 nodes are available: 1 Insufficient cpu.' },
    },
    {
      name: 'does not try where no pod is to blame',
      events: [...nodes('a'), at('low', 'a', three)],
      found: urgent({ requests: { cpu: '9' } }),
      want: { why: '0/1 nodes are available: 1 Preemption is not helpful for scheduling.' },
    },
  ])('$name', ({ events, found, want }) => {
    const { decisions } = new Scheduler('default-scheduler').step([...events, incoming(found)], 0);
    expect(outcome(decisions[0])).toEqual(want);
  });

  it('leaves the books as they were', () => {
    const scheduler = new Scheduler('default-scheduler');
    scheduler.step([...nodes('a'), at('low', 'a', three), incoming(urgent())], 0);
    const small = scheduler.step([incoming(pod('small', { requests: { cpu: '1' }, priority: 200 }))], 1).decisions[0];
    expect(small).toMatchObject({ type: 'bind', nodeName: 'a' });
    expect(
      scheduler.step([incoming(pod('next', { requests: { cpu: '1' }, priority: 200, preemptionPolicy: 'Never' }))], 2).decisions[0],
    ).toMatchObject({
      type: 'unschedulable',
    });
  });

  it('keeps the room of its victims from lesser pods, waits while they leave, and takes it', () => {
    const scheduler = new Scheduler('default-scheduler');
    const victim = at('low', 'a', three) as Extract<SchedulingEvent, { type: 'pod' }>;
    scheduler.step([...nodes('a'), victim, incoming(urgent({ requests: { cpu: '4' } }))], 0);
    const dying = { ...victim.pod, metadata: { ...victim.pod.metadata, deletionTimestamp: '2026-01-01T00:01:00Z' } };
    expect(scheduler.step([{ type: 'pod', pod: dying }], 5_000).decisions.map(outcome)).toEqual([]);
    const greedy = scheduler.step([incoming(pod('greedy', { requests: { cpu: '1' }, priority: 1 }))], 6_000).decisions;
    expect(greedy[0]).toMatchObject({ type: 'unschedulable' });
    expect(scheduler.step([{ type: 'podGone', pod: dying }], 20_000).decisions[0]).toMatchObject({
      type: 'bind',
      nodeName: 'a',
      pod: { metadata: { name: 'urgent' } },
    });
  });

  it('remembers a nomination of the process before it', () => {
    const scheduler = new Scheduler('default-scheduler');
    const nominated = { ...urgent({ requests: { cpu: '4' } }), status: { phase: 'Pending', nominatedNodeName: 'a' } };
    const { decisions } = scheduler.step(
      [...nodes('a'), at('low', 'a', { requests: { cpu: '1' } }), incoming(pod('greedy', { requests: { cpu: '1' } })), incoming(nominated)],
      0,
    );
    expect(decisions.map(decision => [decision.pod.metadata.name, outcome(decision)])).toEqual([
      ['urgent', { node: 'a', victims: ['low'] }],
      ['greedy', { why: '0/1 nodes are available: 1 No preemption victims found for incoming pod.' }],
    ]);
  });
});

describe('explain', () => {
  it('names the filter and the number that is missing, node by node', () => {
    const scheduler = new Scheduler('default-scheduler');
    scheduler.step([...nodes('a', 'b'), at('x', 'a', { ...three, priority: 100 }), incoming(urgent({ requests: { cpu: '5' } }))], 0);
    const cpu = (free: number) => ({ resource: 'cpu', wanted: 5_000, free, allocatable: 4_000 });
    expect(scheduler.explain('ns/urgent')).toEqual([
      { nodeName: 'a', refusals: [{ filter: 'NodeResourcesFit', message: 'Insufficient cpu', mendable: false, shortage: cpu(1_000) }] },
      { nodeName: 'b', refusals: [{ filter: 'NodeResourcesFit', message: 'Insufficient cpu', mendable: false, shortage: cpu(4_000) }] },
    ]);
    expect(scheduler.explain('ns/x')).toBeUndefined();
  });
});
