import type { Affinity, Pod, PodAffinityTerm, TopologySpreadConstraint } from '@steersman/types';
import { namespace, node, pod, type PodFacts, service } from '../../testing/builders.ts';
import { Scheduler, type SchedulingEvent } from '../scheduler.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const zoned = (name: string, zone: string): SchedulingEvent => ({ type: 'node', node: node(name, { labels: { [ZONE]: zone } }) });
const there = (name: string, nodeName: string, facts: PodFacts = {}): SchedulingEvent => ({
  type: 'pod',
  pod: pod(name, { ...facts, nodeName }),
});
const leaving = (event: SchedulingEvent): SchedulingEvent =>
  event.type === 'pod'
    ? { type: 'pod', pod: { ...event.pod, metadata: { ...event.pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } } }
    : event;

const app = (name: string): Pick<PodAffinityTerm, 'labelSelector'> => ({ labelSelector: { matchLabels: { app: name } } });
const term = (name: string, topologyKey = ZONE, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  ...app(name),
  topologyKey,
  ...more,
});
const near = (...terms: PodAffinityTerm[]): Affinity => ({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const away = (...terms: PodAffinityTerm[]): Affinity => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const rather = (sign: 'podAffinity' | 'podAntiAffinity', podAffinityTerm: PodAffinityTerm): Affinity => ({
  [sign]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] },
});
const spread = (topologyKey: string, more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
  ...app('web'),
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable: 'DoNotSchedule',
  ...more,
});

const three = [zoned('a', 'one'), zoned('b', 'one'), zoned('c', 'two')];
const web = { labels: { app: 'web' } };

/** Where the pods go, in their order; why not, for one that goes nowhere. */
function places(events: readonly SchedulingEvent[], ...found: readonly Pod[]): readonly string[] {
  const { decisions } = new Scheduler('default-scheduler').step([...events, ...found.map(one => ({ type: 'pod', pod: one }) as const)], 0);
  return decisions.map(decision => (decision.type === 'bind' ? decision.nodeName : decision.message.replace(/ preemption: .*/, '')));
}

describe('affinity between pods', () => {
  it.each<{ name: string; events: readonly SchedulingEvent[]; facts: PodFacts; want: string }>([
    { name: 'goes to the zone of the others', events: [...three, there('x', 'c', web)], facts: { affinity: near(term('web')) }, want: 'c' },
    { name: 'goes to another zone', events: [...three, there('x', 'a', web)], facts: { affinity: away(term('web')) }, want: 'c' },
    { name: 'goes to another host', events: [...three, there('x', 'a', web)], facts: { affinity: away(term('web', HOST)) }, want: 'b' },
    { name: 'may be the first of its kind', events: three, facts: { ...web, affinity: near(term('web')) }, want: 'a' },
    {
      name: 'waits for others that are not there',
      events: three,
      facts: { affinity: near(term('web')) },
      want: "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
    },
    {
      name: 'counts only pods of its own namespace',
      events: [...three, there('x', 'c', { ...web, namespace: 'other' })],
      facts: { affinity: near(term('web')) },
      want: "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
    },
    {
      name: 'counts pods of named namespaces',
      events: [...three, there('x', 'c', { ...web, namespace: 'other' })],
      facts: { affinity: near(term('web', ZONE, { namespaces: ['other'] })) },
      want: 'c',
    },
    {
      name: 'counts pods of namespaces by label',
      events: [
        ...three,
        { type: 'namespace', namespace: namespace('other', { team: 'x' }) },
        there('x', 'c', { ...web, namespace: 'other' }),
      ],
      facts: { affinity: near(term('web', ZONE, { namespaceSelector: { matchLabels: { team: 'x' } } })) },
      want: 'c',
    },
    {
      name: 'needs all terms met by the same pods',
      events: [...three, there('x', 'a', web), there('y', 'c', { labels: { app: 'web', tier: 'front' } })],
      facts: { affinity: near(term('web'), { topologyKey: ZONE, labelSelector: { matchLabels: { tier: 'front' } } }) },
      want: 'c',
    },
    {
      name: 'is repelled by pods that are there',
      events: [...three, there('x', 'a', { affinity: away(term('web')) })],
      facts: web,
      want: 'c',
    },
    {
      name: 'says so when they repel it everywhere',
      events: [...three, there('x', 'a', { affinity: away(term('web')) }), there('y', 'c', { affinity: away(term('web')) })],
      facts: web,
      want: "0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.",
    },
    {
      name: 'says so when it will not be with those that are everywhere',
      events: [...three, there('x', 'a', web), there('y', 'c', web)],
      facts: { affinity: away(term('web')) },
      want: "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.",
    },
    {
      name: 'says its own wish first when both will not be together',
      events: [
        ...three,
        there('x', 'a', { ...web, affinity: away(term('web')) }),
        there('y', 'c', { ...web, affinity: away(term('web')) }),
      ],
      facts: { ...web, affinity: away(term('web')) },
      want: "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.",
    },
    {
      name: 'would rather be with them',
      events: [...three, there('x', 'c', web)],
      facts: { affinity: rather('podAffinity', term('web')) },
      want: 'c',
    },
    {
      name: 'would rather be without them',
      events: [...three, there('x', 'b', web), there('y', 'c')],
      facts: { affinity: rather('podAntiAffinity', term('web')) },
      want: 'c',
    },
    {
      name: 'goes where others would rather have it',
      events: [...three, there('x', 'c', { affinity: rather('podAffinity', term('web')) })],
      facts: web,
      want: 'c',
    },
    {
      name: 'tells revisions apart by a label of its own',
      events: [...three, there('x', 'a', { labels: { app: 'web', rev: '1' } }), there('y', 'c', { labels: { app: 'web', rev: '2' } })],
      facts: { labels: { app: 'web', rev: '2' }, affinity: away(term('web', ZONE, { matchLabelKeys: ['rev'] })) },
      want: 'b',
    },
  ])('$name', ({ events, facts, want }) => {
    expect(places(events, pod('new', facts))).toEqual([want]);
  });

  it('counts pods it has only decided on', () => {
    const facts = { ...web, affinity: away(term('web', HOST)) };
    expect([...places(three, pod('p', facts), pod('q', facts), pod('r', facts))].sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('topology spread', () => {
  it.each<{ name: string; events: readonly SchedulingEvent[]; facts: PodFacts; want: string }>([
    {
      name: 'fills the emptier zone',
      events: [...three, there('x', 'a', web)],
      facts: { ...web, topologySpreadConstraints: [spread(ZONE)] },
      want: 'c',
    },
    {
      name: 'needs every topology label',
      events: [{ type: 'node', node: node('plain') }],
      facts: { ...web, topologySpreadConstraints: [spread(ZONE)] },
      want: "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label).",
    },
    {
      name: 'is refused where no zone is left',
      events: [...three.slice(0, 2), there('x', 'a', web)],
      facts: { ...web, nodeSelector: { [ZONE]: 'one' }, topologySpreadConstraints: [spread(ZONE, { minDomains: 2 })] },
      want: "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.",
    },
    {
      name: 'looks only at nodes it could go to',
      events: [...three, there('x', 'a', web)],
      facts: { ...web, nodeSelector: { [ZONE]: 'one' }, topologySpreadConstraints: [spread(ZONE)] },
      want: 'b',
    },
    {
      name: 'looks at all nodes when told to',
      events: [...three, there('x', 'a', web)],
      facts: { ...web, nodeSelector: { [ZONE]: 'one' }, topologySpreadConstraints: [spread(ZONE, { nodeAffinityPolicy: 'Ignore' })] },
      want: "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) didn't match pod topology spread constraints.",
    },
    {
      name: 'does not count pods that are leaving',
      events: [...three, leaving(there('x', 'c', web)), leaving(there('z', 'c', web)), there('y', 'a', web)],
      facts: { ...web, topologySpreadConstraints: [spread(ZONE)] },
      want: 'c',
    },
    {
      name: 'gives in when it is only a wish',
      events: [...three.slice(0, 2), there('x', 'a', web)],
      facts: { ...web, topologySpreadConstraints: [spread(HOST, { whenUnsatisfiable: 'ScheduleAnyway' })] },
      want: 'b',
    },
    {
      name: 'spreads the pods of a controller without being told',
      events: [...three, there('x', 'a', { owner: 'rs' }), there('y', 'b', { owner: 'rs' }), there('o1', 'c'), there('o2', 'c')],
      facts: { owner: 'rs' },
      want: 'c',
    },
    {
      name: 'spreads the pods of a Service without being told',
      events: [
        ...three,
        { type: 'service', service: service('s', { app: 'web' }) },
        ...[there('x', 'a', web), there('y', 'b', web), there('o1', 'c'), there('o2', 'c')],
      ],
      facts: web,
      want: 'c',
    },
  ])('$name', ({ events, facts, want }) => {
    expect(places(events, pod('new', facts))).toEqual([want]);
  });

  it('spreads a whole set evenly', () => {
    const facts = { ...web, topologySpreadConstraints: [spread(HOST)] };
    const hosts = places(three, ...Array.from({ length: 9 }, (_, at) => pod(`p${at}`, facts)));
    expect(['a', 'b', 'c'].map(name => hosts.filter(host => host === name).length)).toEqual([3, 3, 3]);
  });
});

describe('relations over time', () => {
  const refused = { ...web, affinity: away(term('web')) };

  it.each<{ name: string; change: (other: SchedulingEvent) => readonly SchedulingEvent[]; want: readonly string[] }>([
    {
      name: 'a pod elsewhere in the zone goes',
      change: other => (other.type === 'pod' ? [{ type: 'podGone', pod: other.pod }] : []),
      want: ['b'],
    },
    { name: 'a node changes its zone', change: () => [zoned('b', 'three')], want: ['b'] },
    { name: 'something else changes', change: () => [there('o', 'a')], want: [] },
  ])('tries again when $name', ({ change, want }) => {
    const scheduler = new Scheduler('default-scheduler');
    const [a, b] = three as [SchedulingEvent, SchedulingEvent];
    const other = there('x', 'a', { ...web, requests: { cpu: '4' } });
    scheduler.step([a, b, other, { type: 'pod', pod: pod('new', refused) }], 0);
    const { decisions } = scheduler.step([...change(other), there('full', 'a', { requests: { cpu: '4' } })], 60_000);
    expect(decisions.map(decision => decision.type === 'bind' && decision.nodeName)).toEqual(want);
  });

  it('forgets the pods of a node that went, and counts them again when it is back', () => {
    const scheduler = new Scheduler('default-scheduler');
    scheduler.step([...three, there('x', 'a', web)], 0);
    scheduler.step([{ type: 'nodeGone', name: 'a' }], 1);
    const first = scheduler.step([{ type: 'pod', pod: pod('p', { affinity: away(term('web')) }) }], 2).decisions[0];
    expect(first).toMatchObject({ nodeName: 'b' });
    const back = scheduler.step(
      [zoned('a', 'one'), { type: 'pod', pod: pod('q', { affinity: away(term('web')), requests: { cpu: '3' } }) }],
      3,
    );
    expect(back.decisions[0]).toMatchObject({ nodeName: 'c' });
  });
});
