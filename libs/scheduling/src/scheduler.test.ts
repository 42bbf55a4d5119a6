import type { Affinity, Node, NodeSelectorTerm, Pod, Taint, Toleration } from '@steersman/types';
import { node, pod } from '../testing/builders.ts';
import { type Decision, Scheduler, type SchedulingEvent } from './scheduler.ts';

const nodes = (...all: readonly Node[]): SchedulingEvent[] => all.map(found => ({ type: 'node', node: found }));
const pods = (...all: readonly Pod[]): SchedulingEvent[] => all.map(found => ({ type: 'pod', pod: found }));
const bound = (found: Pod, nodeName: string): Pod => ({ ...found, spec: { ...found.spec, nodeName } });
const said = (decisions: readonly Decision[]): readonly string[] =>
  decisions.map(decision => `${decision.pod.metadata.name} ${decision.type === 'bind' ? `-> ${decision.nodeName}` : decision.message}`);
const start = () => new Scheduler('default-scheduler');
/** What becomes of one pod in a cluster of `there`. */
const verdict = (there: readonly SchedulingEvent[], found: Pod): string =>
  said(start().step([...there, ...pods(found)], 0).decisions)[0] ?? '';

const taint = (effect: string, key = 'dedicated', value = 'gpu'): Taint => ({ key, value, effect });
const required = (...terms: NodeSelectorTerm[]): Affinity => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
});
const preferring = (weight: number, value: string): Affinity => ({
  nodeAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: [value] }] } },
    ],
  },
});
const ssd = { labels: { disk: 'ssd', size: '7' } };

describe('Scheduler places a pod', () => {
  it.each([
    {
      name: 'where it fits',
      there: nodes(node('a', { allocatable: { cpu: '1' } }), node('b')),
      spec: { requests: { cpu: '2' } },
      want: 'b',
    },
    { name: 'exactly', there: nodes(node('a')), spec: { requests: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '10Gi' } }, want: 'a' },
    {
      name: 'on the node with most room',
      there: [...nodes(node('a'), node('b')), ...pods(bound(pod('old', { requests: { cpu: '2' } }), 'a'))],
      spec: { requests: { cpu: '1' } },
      want: 'b',
    },
    {
      name: 'where CPU and memory are used evenly',
      there: [
        ...nodes(node('a'), node('b')),
        ...pods(bound(pod('x', { requests: { cpu: '2' } }), 'a'), bound(pod('y', { requests: { memory: '4Gi' } }), 'b')),
      ],
      spec: { requests: { cpu: '2' } },
      want: 'b',
    },
    { name: 'on the first by name of equal nodes', there: nodes(node('b'), node('a'), node('c')), spec: {}, want: 'a' },
    {
      name: 'away from other pods that ask for nothing',
      there: [...nodes(node('a'), node('b')), ...pods(bound(pod('old'), 'a'))],
      spec: {},
      want: 'b',
    },
    { name: 'by its node selector', there: nodes(node('a'), node('b', ssd)), spec: { nodeSelector: { disk: 'ssd' } }, want: 'b' },
    {
      name: 'by In',
      there: nodes(node('a'), node('b', ssd)),
      spec: { affinity: required({ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd', 'nvme'] }] }) },
      want: 'b',
    },
    {
      name: 'by NotIn',
      there: nodes(node('a', ssd), node('b')),
      spec: { affinity: required({ matchExpressions: [{ key: 'disk', operator: 'NotIn', values: ['ssd'] }] }) },
      want: 'b',
    },
    {
      name: 'by Gt',
      there: nodes(node('a'), node('b', ssd)),
      spec: { affinity: required({ matchExpressions: [{ key: 'size', operator: 'Gt', values: ['6'] }] }) },
      want: 'b',
    },
    {
      name: 'by the second of two terms',
      there: nodes(node('a'), node('b', ssd)),
      spec: {
        affinity: required(
          { matchExpressions: [{ key: 'no', operator: 'Exists' }] },
          { matchExpressions: [{ key: 'disk', operator: 'Exists' }] },
        ),
      },
      want: 'b',
    },
    {
      name: 'by the name of the node',
      there: nodes(node('a'), node('b')),
      spec: { affinity: required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }) },
      want: 'b',
    },
    { name: 'where it would rather be', there: nodes(node('a'), node('b', ssd)), spec: { affinity: preferring(1, 'ssd') }, want: 'b' },
    { name: 'away from a taint', there: nodes(node('a', { taints: [taint('NoSchedule')] }), node('b')), spec: {}, want: 'b' },
    {
      name: 'away from a taint it would rather not have',
      there: nodes(node('a', { taints: [taint('PreferNoSchedule')] }), node('b', { allocatable: { cpu: '2' } })),
      spec: {},
      want: 'b',
    },
    {
      name: 'on an unschedulable node it tolerates',
      there: nodes(node('a', { unschedulable: true })),
      spec: { tolerations: [{ operator: 'Exists' }] },
      want: 'a',
    },
    {
      name: 'on another port of one node',
      there: [...nodes(node('a')), ...pods(bound(pod('old', { ports: [{ containerPort: 80, hostPort: 80 }] }), 'a'))],
      spec: { ports: [{ containerPort: 80, hostPort: 81 }] },
      want: 'a',
    },
    {
      name: 'on another address of one port',
      there: [...nodes(node('a')), ...pods(bound(pod('old', { ports: [{ containerPort: 80, hostPort: 80, hostIP: '10.0.0.1' }] }), 'a'))],
      spec: { ports: [{ containerPort: 80, hostPort: 80, hostIP: '10.0.0.2' }] },
      want: 'a',
    },
    {
      name: 'where an extended resource is left',
      there: [
        ...nodes(node('a', { allocatable: { 'example.com/gpu': '1' } }), node('b', { allocatable: { 'example.com/gpu': '1' } })),
        ...pods(bound(pod('old', { requests: { 'example.com/gpu': '1' } }), 'a')),
      ],
      spec: { requests: { 'example.com/gpu': '1' } },
      want: 'b',
    },
  ])('$name', ({ there, spec, want }) => {
    expect(verdict(there, pod('web', spec))).toBe(`web -> ${want}`);
  });

  it.each([
    { tolerations: [{ key: 'dedicated', value: 'gpu' }], want: true },
    { tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }], want: true },
    { tolerations: [{ key: 'dedicated', operator: 'Exists' }], want: true },
    { tolerations: [{ operator: 'Exists' }], want: true },
    { tolerations: [{ key: 'dedicated', value: 'tpu' }], want: false },
    { tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }], want: false },
    { tolerations: [{ key: 'other', operator: 'Exists' }], want: false },
  ] satisfies { tolerations: Toleration[]; want: boolean }[])('$tolerations past a taint: $want', ({ tolerations, want }) => {
    expect(verdict(nodes(node('a', { taints: [taint('NoSchedule')] })), pod('web', { tolerations })) === 'web -> a').toBe(want);
  });
});

describe('Scheduler explains', () => {
  const full = (count: number) => pods(...Array.from({ length: count }, (_, at) => bound(pod(`old-${at}`), 'a')));
  it.each([
    { name: 'no nodes at all', there: [], spec: {}, want: 'no nodes available to schedule pods' },
    {
      name: 'requests no node ever meets',
      there: nodes(node('a')),
      spec: { requests: { cpu: '5', memory: '9Gi' } },
      want: '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    },
    {
      name: 'a full node',
      there: [...nodes(node('a')), ...full(10)],
      spec: {},
      want: '0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    },
    {
      name: 'a different reason per node',
      there: [
        ...nodes(
          node('a'),
          node('b', { taints: [taint('NoSchedule')] }),
          node('c', { unschedulable: true }),
          node('d', { taints: [taint('NoExecute')] }),
        ),
        ...pods(bound(pod('old', { requests: { cpu: '3' } }), 'a')),
      ],
      spec: { requests: { cpu: '2' } },
      want: '0/4 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable, 2 node(s) had untolerated taint(s). preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.',
    },
    {
      name: 'a selector no node meets',
      there: nodes(node('a')),
      spec: { nodeSelector: { disk: 'ssd' } },
      want: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    },
    {
      name: 'an affinity without requirements',
      there: nodes(node('a')),
      spec: { affinity: required({}) },
      want: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    },
    {
      name: 'a taken host port',
      there: [...nodes(node('a')), ...pods(bound(pod('old', { ports: [{ containerPort: 80, hostPort: 80, hostIP: '10.0.0.1' }] }), 'a'))],
      spec: { ports: [{ containerPort: 80, hostPort: 80 }] },
      want: "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    },
    {
      name: 'a pod that must not preempt',
      there: nodes(node('a')),
      spec: { requests: { 'example.com/gpu': '1' }, preemptionPolicy: 'Never' },
      want: '0/1 nodes are available: 1 Insufficient example.com/gpu. preemption: not eligible due to preemptionPolicy=Never.',
    },
  ])('$name', ({ there, spec, want }) => {
    expect(verdict(there, pod('web', spec))).toBe(`web ${want}`);
  });
});

describe('Scheduler over time', () => {
  it('counts what it has decided before the API says so', () => {
    const scheduler = start();
    const two = { requests: { cpu: '3' } };
    expect(said(scheduler.step([...nodes(node('a'), node('b')), ...pods(pod('x', two), pod('y', two))], 0).decisions)).toEqual([
      'x -> a',
      'y -> b',
    ]);
    expect(scheduler.pending).toBe(0);
  });

  it('decides nothing twice, whatever old events still come', () => {
    const scheduler = start();
    const web = pod('web');
    scheduler.step([...nodes(node('a')), ...pods(web)], 0);
    expect(scheduler.step(pods({ ...web, status: { phase: 'Pending', reason: 'old' } }), 1).decisions).toEqual([]);
    expect(scheduler.step(pods(bound(web, 'a')), 2).decisions).toEqual([]);
    expect(scheduler.step(pods(bound(web, 'a')), 600_000).wakeAtMs).toBeUndefined();
  });

  it('takes back a binding that failed and tries again after a back-off', () => {
    const scheduler = start();
    const web = pod('web', { requests: { cpu: '4' } });
    scheduler.step([...nodes(node('a')), ...pods(web)], 0);
    expect(scheduler.step([{ type: 'bindFailed', pod: web }], 0)).toEqual({ decisions: [], wakeAtMs: 1_000 });
    expect(said(scheduler.step([], 1_000).decisions)).toEqual(['web -> a']);
  });

  it('ignores a failed binding that did happen', () => {
    const scheduler = start();
    const web = pod('web');
    scheduler.step([...nodes(node('a')), ...pods(web)], 0);
    scheduler.step(pods(bound(web, 'a')), 0);
    expect(scheduler.step([{ type: 'bindFailed', pod: web }], 0)).toEqual({ decisions: [], wakeAtMs: undefined });
  });

  it.each<{ name: string; event: (old: Pod) => SchedulingEvent; wakes: boolean }>([
    { name: 'a new node with room', event: () => ({ type: 'node', node: node('b') }), wakes: true },
    { name: 'a new node without room', event: () => ({ type: 'node', node: node('b', { allocatable: { cpu: '1' } }) }), wakes: false },
    { name: 'a node that grows', event: () => ({ type: 'node', node: node('a', { allocatable: { cpu: '8' } }) }), wakes: true },
    { name: 'a pod that goes', event: old => ({ type: 'podGone', pod: old }), wakes: true },
    { name: 'a pod that ends', event: old => ({ type: 'pod', pod: { ...old, status: { phase: 'Succeeded' } } }), wakes: true },
    { name: 'a pod that only changes', event: old => ({ type: 'pod', pod: { ...old, status: { phase: 'Running' } } }), wakes: false },
  ])('on $name tries a pod that fits nowhere again: $wakes', ({ event, wakes }) => {
    const scheduler = start();
    const old = bound(pod('old', { requests: { cpu: '3' } }), 'a');
    scheduler.step([...nodes(node('a')), ...pods(old, pod('web', { requests: { cpu: '2' } }))], 0);
    const { decisions } = scheduler.step([event(old)], 10_000);
    expect(said(decisions)).toEqual(wakes ? [expect.stringMatching(/^web -> [ab]$/)] : []);
  });

  it('waits longer after each failure, and after 5 minutes tries without any reason', () => {
    const scheduler = start();
    const tooBig = pod('web', { requests: { cpu: '2' } });
    const small = (name: string) => node(name, { allocatable: { cpu: '1' } });
    expect(scheduler.step([...nodes(small('a')), ...pods(tooBig)], 0).wakeAtMs).toBe(300_000);
    expect(scheduler.step([], 300_000).decisions).toHaveLength(1);
    expect(scheduler.step(nodes(node('b')), 300_500)).toEqual({ decisions: [], wakeAtMs: 302_000 }); // twice failed: 2 s
    expect(said(scheduler.step([], 302_000).decisions)).toEqual(['web -> b']);
  });

  it('takes the pod of higher priority first, else the one that came first', () => {
    const there = [...nodes(node('a')), ...pods(pod('z'), pod('y'), pod('x', { priority: 10 }))];
    expect(said(start().step(there, 0).decisions)).toEqual(['x -> a', 'z -> a', 'y -> a']);
  });

  it.each([
    { name: 'of another scheduler', found: pod('web', { schedulerName: 'other' }) },
    {
      name: 'that is being deleted',
      found: { ...pod('web'), metadata: { ...pod('web').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
    },
    { name: 'behind a gate', found: pod('web', { schedulingGates: [{ name: 'wait' }] }) },
    { name: 'that has ended', found: { ...pod('web'), status: { phase: 'Failed' } } },
  ])('leaves a pod $name alone', ({ found }) => {
    expect(start().step([...nodes(node('a')), ...pods(found)], 0).decisions).toEqual([]);
  });

  it('forgets a pod that went while it waited, and takes one of the same name for another', () => {
    const scheduler = start();
    const first = pod('web', { requests: { cpu: '9' } });
    scheduler.step([...nodes(node('a')), ...pods(first)], 0);
    expect(said(scheduler.step(pods(pod('web')), 1).decisions)).toEqual(['web -> a']);
    scheduler.step([{ type: 'podGone', pod: first }], 2); // late: of the first
    expect(
      scheduler.step([{ type: 'nodeGone', name: 'a' }, ...nodes(node('a', { allocatable: { pods: '1' } })), ...pods(pod('next'))], 3)
        .decisions[0],
    ).toMatchObject({ type: 'unschedulable' });
  });

  it('looks at a pod anew when what it asks for has changed', () => {
    const scheduler = start();
    const web = pod('web', { nodeSelector: { disk: 'ssd' } });
    scheduler.step([...nodes(node('a')), ...pods(web)], 0);
    const changed = { ...web, metadata: { ...web.metadata, generation: 2 }, spec: { ...web.spec, nodeSelector: {} } };
    expect(said(scheduler.step(pods(changed), 1).decisions)).toEqual(['web -> a']);
  });

  it('counts pods of a node it hears of later', () => {
    const scheduler = start();
    scheduler.step(pods(bound(pod('old', { requests: { cpu: '4' } }), 'a')), 0);
    expect(scheduler.step([...nodes(node('a')), ...pods(pod('web', { requests: { cpu: '1' } }))], 1).decisions[0]).toMatchObject({
      type: 'unschedulable',
    });
  });

  it('keeps its books over more nodes than it had rows for', () => {
    const scheduler = start();
    const many = Array.from({ length: 200 }, (_, at) => node(`n${String(at).padStart(3, '0')}`, { allocatable: { pods: '1' } }));
    const waiting = Array.from({ length: 200 }, (_, at) => pod(`p${at}`));
    const decisions = scheduler.step([...nodes(...many), ...pods(...waiting)], 0).decisions;
    expect(new Set(decisions.map(decision => decision.type === 'bind' && decision.nodeName)).size).toBe(200);
  });

  it('decides on a bounded number of pods before it hears of changes again', () => {
    const scheduler = start();
    const waiting = Array.from({ length: 300 }, (_, at) => pod(`p${at}`));
    const first = scheduler.step([...nodes(node('a', { allocatable: { pods: '1000' } })), ...pods(...waiting)], 5);
    expect({ decided: first.decisions.length, wakeAtMs: first.wakeAtMs }).toEqual({ decided: 256, wakeAtMs: 5 });
    expect(scheduler.step([], 5).decisions).toHaveLength(44);
  });
});
