import type { Affinity, Node, Pod, PodAffinityTerm, TopologySpreadConstraint } from '@steersman/types';
import { node, pod, type PodFacts } from '../testing/builders.ts';
import { type Decision, Scheduler, type SchedulingEvent } from './scheduler.ts';

const ZONE = 'zone';
const HOST = 'kubernetes.io/hostname';

const inZone = (name: string, zone: string): Node => node(name, { labels: { [ZONE]: zone } });
const nodes = (...all: readonly Node[]): SchedulingEvent[] => all.map(found => ({ type: 'node', node: found }));
const pods = (...all: readonly Pod[]): SchedulingEvent[] => all.map(found => ({ type: 'pod', pod: found }));
const bound = (found: Pod, nodeName: string): Pod => ({ ...found, spec: { ...found.spec, nodeName } });
const said = (decisions: readonly Decision[]): readonly string[] =>
  decisions.map(decision => `${decision.pod.metadata.name} ${decision.type === 'bind' ? `-> ${decision.nodeName}` : decision.message}`);

const term = (app: string, topologyKey = ZONE, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey,
  labelSelector: { matchLabels: { app } },
  ...more,
});
const beside = (...terms: PodAffinityTerm[]): Affinity => ({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const apart = (...terms: PodAffinityTerm[]): Affinity => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const rather = (kind: 'podAffinity' | 'podAntiAffinity', podAffinityTerm: PodAffinityTerm): Affinity => ({
  [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] },
});
const spread = (topologyKey = ZONE, more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: { app: 'web' } },
  ...more,
});
const web = { labels: { app: 'web' } };
const db = { labels: { app: 'db' } };
/** Zone 1 has the nodes a and b, zone 2 has c and d. */
const FOUR = nodes(inZone('a', '1'), inZone('b', '1'), inZone('c', '2'), inZone('d', '2'));

interface Row {
  readonly name: string;
  readonly there: readonly SchedulingEvent[];
  readonly facts: PodFacts;
  readonly want: string;
}

describe('Scheduler looks at other pods', () => {
  it.each<Row>([
    { name: 'beside a pod it wants', there: pods(bound(pod('x', db), 'c')), facts: { affinity: beside(term('db')) }, want: '-> d' },
    { name: 'on its very node', there: pods(bound(pod('x', db), 'c')), facts: { affinity: beside(term('db', HOST)) }, want: '-> c' },
    {
      name: 'not beside one of another namespace',
      there: pods(bound(pod('x', { ...db, namespace: 'other' }), 'c')),
      facts: { affinity: beside(term('db')) },
      want: "0/4 nodes are available: 4 node(s) didn't match pod affinity rules. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.",
    },
    {
      name: 'beside one of a namespace it names',
      there: pods(bound(pod('x', { ...db, namespace: 'other' }), 'c')),
      facts: { affinity: beside(term('db', ZONE, { namespaces: ['other'] })) },
      want: '-> d',
    },
    {
      name: 'beside one of a namespace with these labels',
      there: [{ type: 'namespace', name: 'other', labels: { team: 'data' } }, ...pods(bound(pod('x', { ...db, namespace: 'other' }), 'c'))],
      facts: { affinity: beside(term('db', ZONE, { namespaceSelector: { matchLabels: { team: 'data' } } })) },
      want: '-> d',
    },
    {
      name: 'only beside one that meets all terms',
      there: pods(bound(pod('x', db), 'a'), bound(pod('y', { labels: { app: 'db', tier: 'hot' } }), 'c')),
      facts: { affinity: beside(term('db'), { topologyKey: ZONE, labelSelector: { matchLabels: { tier: 'hot' } } }) },
      want: '-> d',
    },
    {
      name: 'anywhere as the first of those that want each other',
      there: [],
      facts: { ...web, affinity: beside(term('web')) },
      want: '-> a',
    },
    { name: 'away from a pod it shuns', there: pods(bound(pod('x', db), 'a')), facts: { affinity: apart(term('db')) }, want: '-> c' },
    {
      name: 'away from one that shuns it',
      there: pods(bound(pod('x', { affinity: apart(term('web')) }), 'a')),
      facts: web,
      want: '-> c',
    },
    {
      name: 'nowhere when all shun it',
      there: pods(bound(pod('x', { affinity: apart(term('web')) }), 'a'), bound(pod('y', { affinity: apart(term('web')) }), 'c')),
      facts: web,
      want: "0/4 nodes are available: 4 node(s) didn't satisfy existing pods anti-affinity rules. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.",
    },
    {
      name: 'rather beside a pod it likes',
      there: pods(bound(pod('x', db), 'c')),
      facts: { affinity: rather('podAffinity', term('db')) },
      want: '-> d',
    },
    {
      name: 'rather away from one it dislikes',
      there: pods(bound(pod('x', db), 'a')),
      facts: { affinity: rather('podAntiAffinity', term('db')) },
      want: '-> c',
    },
    {
      name: 'rather beside one that likes it',
      there: pods(bound(pod('x', { affinity: rather('podAffinity', term('web', HOST)) }), 'd')),
      facts: web,
      want: '-> d',
    },
    {
      name: 'into the emptier zone',
      there: pods(bound(pod('x', web), 'a')),
      facts: { ...web, topologySpreadConstraints: [spread()] },
      want: '-> c',
    },
    {
      name: 'into any zone within the skew',
      there: pods(bound(pod('x', web), 'c'), bound(pod('y'), 'd')),
      facts: { ...web, topologySpreadConstraints: [spread(ZONE, { maxSkew: 2 })] },
      want: '-> a',
    },
    {
      name: 'nowhere when its zones are too few',
      there: pods(bound(pod('x', web), 'a'), bound(pod('y', web), 'c')),
      facts: { ...web, topologySpreadConstraints: [spread(ZONE, { minDomains: 3 })] },
      want: "0/4 nodes are available: 4 node(s) didn't match pod topology spread constraints. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.",
    },
    {
      name: 'counting only nodes it may go to',
      there: pods(bound(pod('x', web), 'a')),
      facts: { ...web, nodeSelector: { [ZONE]: '1' }, topologySpreadConstraints: [spread(HOST)] },
      want: '-> b',
    },
    {
      name: 'rather into the emptier zone',
      there: pods(bound(pod('x', web), 'a'), bound(pod('y'), 'c'), bound(pod('z'), 'd')),
      facts: { ...web, topologySpreadConstraints: [spread(ZONE, { whenUnsatisfiable: 'ScheduleAnyway' })] },
      want: '-> c',
    },
    {
      name: 'counting only pods of its own revision',
      there: pods(bound(pod('x', { labels: { app: 'web', hash: '1' } }), 'c'), bound(pod('y'), 'c'), bound(pod('z'), 'd')),
      facts: { labels: { app: 'web', hash: '2' }, topologySpreadConstraints: [spread(ZONE, { matchLabelKeys: ['hash'] })] },
      want: '-> a',
    },
  ])('$name', ({ there, facts, want }) => {
    expect(said(new Scheduler('default-scheduler').step([...FOUR, ...there, ...pods(pod('new', facts))], 0).decisions)).toEqual([
      `new ${want}`,
    ]);
  });

  it('counts its own decisions: five spread evenly, and one more than there are hosts stays out', () => {
    const rules = { ...web, affinity: apart(term('web', HOST)), topologySpreadConstraints: [spread()] };
    const { decisions } = new Scheduler('default-scheduler').step(
      [...FOUR, ...pods(...['1', '2', '3', '4', '5'].map(name => pod(name, rules)))],
      0,
    );
    expect(
      said(decisions.slice(0, 4))
        .map(text => text.slice(-1))
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd']);
    expect(said(decisions)[4]).toContain("4 node(s) didn't match pod anti-affinity rules");
  });

  it('tries again when a pod comes that was waited for, and when one goes that was in the way', () => {
    const scheduler = new Scheduler('default-scheduler');
    const wanting = pod('wanting', { affinity: beside(term('db')) });
    const shunned = pod('shunned', web);
    const guards = [
      bound(pod('x', { affinity: apart(term('web')) }), 'a'),
      bound(pod('y', { affinity: apart(term('web')) }), 'c'),
    ] as const;
    scheduler.step([...FOUR, ...pods(...guards, wanting, shunned)], 0);
    expect(said(scheduler.step(pods(bound(pod('db', db), 'b')), 2_000).decisions)).toEqual(['wanting -> a']);
    expect(said(scheduler.step([{ type: 'podGone', pod: guards[1] }], 4_000).decisions)).toEqual(['shunned -> c']);
  });

  it('follows labels of pods and nodes as they change', () => {
    const scheduler = new Scheduler('default-scheduler');
    const there = bound(pod('x', db), 'a');
    scheduler.step([...FOUR, ...pods(there, pod('first', { affinity: apart(term('db')) }))], 0);
    const relabelled = { ...there, metadata: { ...there.metadata, labels: {} } };
    const decide = (name: string, ...events: SchedulingEvent[]) =>
      said(scheduler.step([...events, ...pods(pod(name, { affinity: beside(term('db')), requests: { cpu: '1' } }))], 10_000).decisions)[0];
    expect(decide('second')).toBe('second -> b');
    expect(decide('third', ...nodes(node('b', { labels: { [ZONE]: '2' } })))).toBe('third -> a');
    expect(decide('fourth', ...pods(relabelled))).toContain("didn't match pod affinity rules");
  });
});
