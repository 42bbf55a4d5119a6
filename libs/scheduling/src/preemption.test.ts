import type { Pod } from '@steersman/types';
import { node, pod, type PodFacts } from '../testing/builders.ts';
import { type Decision, Scheduler, type SchedulingEvent } from './scheduler.ts';

const CPU = (cpu: string): Pick<PodFacts, 'requests'> => ({ requests: { cpu } });
const nodes = (...names: readonly string[]): SchedulingEvent[] => names.map(name => ({ type: 'node', node: node(name) }));
const pods = (...all: readonly Pod[]): SchedulingEvent[] => all.map(found => ({ type: 'pod', pod: found }));
const bound = (found: Pod, nodeName: string): Pod => ({ ...found, spec: { ...found.spec, nodeName } });
const on = (nodeName: string, name: string, cpu: string, priority = 0): Pod => bound(pod(name, { ...CPU(cpu), priority }), nodeName);
const leaving = (found: Pod): Pod => ({ ...found, metadata: { ...found.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });

const said = (decisions: readonly Decision[]): readonly string[] =>
  decisions.map(decision => {
    const name = decision.pod.metadata.name;
    if (decision.type === 'bind') return `${name} -> ${decision.nodeName}`;
    if (decision.type === 'unschedulable') return `${name} waits`;
    return `${name} preempts ${decision.victims.map(({ metadata }) => metadata.name).join('+')} on ${decision.nodeName}`;
  });
const high = (name: string, facts: PodFacts = {}): Pod => pod(name, { priority: 1_000, ...CPU('2'), ...facts });

describe('Scheduler makes room', () => {
  it.each([
    { name: 'by a pod of lower priority', there: [on('a', 'x', '4')], want: 'new preempts x on a' },
    { name: 'not by one of the same priority', there: [on('a', 'x', '4', 1_000)], want: 'new waits' },
    { name: 'by no more than it needs', there: [on('a', 'x', '2', 5), on('a', 'y', '2', 1)], want: 'new preempts y on a' },
    {
      name: 'by several, if it must',
      there: [on('a', 'x', '1500m'), on('a', 'y', '1500m'), on('a', 'z', '1', 9)],
      want: 'new preempts x+y on a',
    },
    {
      name: 'where the victim matters least',
      nodes: ['a', 'b'],
      there: [on('a', 'x', '4', 5), on('b', 'y', '4', 2)],
      want: 'new preempts y on b',
    },
    {
      name: 'where the victims are fewest',
      nodes: ['a', 'b'],
      there: [on('a', 'w', '2'), on('a', 'x', '1'), on('a', 'y', '1'), on('b', 'z', '3')],
      facts: CPU('3'),
      want: 'new preempts z on b',
    },
    { name: 'not when it must not', there: [on('a', 'x', '4')], facts: { preemptionPolicy: 'Never' }, want: 'new waits' },
    { name: 'not where it may not be', there: [on('a', 'x', '4')], facts: { nodeSelector: { no: 'where' } }, want: 'new waits' },
    {
      name: 'by a pod that has its port',
      there: [bound(pod('x', { ports: [{ containerPort: 80, hostPort: 80 }] }), 'a')],
      facts: { ports: [{ containerPort: 80, hostPort: 80 }] },
      want: 'new preempts x on a',
    },
  ])('$name', ({ nodes: names = ['a'], there, facts = {}, want }) => {
    expect(said(new Scheduler('default-scheduler').step([...nodes(...names), ...pods(...there, high('new', facts))], 0).decisions)).toEqual(
      [want],
    );
  });

  it('says what is missing, and nothing of preemption, which is under way', () => {
    const { decisions } = new Scheduler('default-scheduler').step([...nodes('a'), ...pods(on('a', 'x', '4'), high('new'))], 0);
    expect(decisions).toMatchObject([{ type: 'preempt', message: '0/1 nodes are available: 1 Insufficient cpu.' }]);
  });

  it('keeps the room for whom it was made, and makes it once', () => {
    const scheduler = new Scheduler('default-scheduler');
    const victim = on('a', 'x', '4');
    const step = (nowMs: number, ...events: SchedulingEvent[]) => said(scheduler.step(events, nowMs).decisions);
    expect(step(0, ...nodes('a'), ...pods(victim, high('new')))).toEqual(['new preempts x on a']);
    expect(step(1_500, ...pods(leaving(victim)))).toEqual(['new waits']);
    // Two of four cores are free and not promised.
    expect(step(3_000, { type: 'podGone', pod: victim }, ...pods(pod('small', CPU('3'))))).toEqual(['small waits']);
    expect(step(6_000)).toEqual(['new -> a']);
    expect(step(9_000, ...pods(pod('other', CPU('2'))))).toEqual(['other -> a']);
  });

  it('finds out from the pod that room is being made, after a new start', () => {
    const scheduler = new Scheduler('default-scheduler');
    const nominated = high('new');
    const waiting: Pod = { ...nominated, status: { phase: 'Pending', nominatedNodeName: 'a' } };
    const { decisions } = scheduler.step([...nodes('a'), ...pods(leaving(on('a', 'x', '3')), waiting, pod('small', CPU('1')))], 0);
    expect(said(decisions)).toEqual(['new waits', 'small waits']);
  });

  it('decides again when the victims do not go', () => {
    const scheduler = new Scheduler('default-scheduler');
    expect(said(scheduler.step([...nodes('a'), ...pods(on('a', 'x', '4'), high('new'))], 0).decisions)).toEqual(['new preempts x on a']);
    expect(said(scheduler.step([], 1_000).decisions)).toEqual(['new preempts x on a']);
  });
});
