import type { Node, Taint, Toleration } from '@steersman/types';
import { evictionTime, wantedTaints } from './taints.ts';

const NOW = new Date('2026-01-01T00:10:00Z');
const EARLIER = '2026-01-01T00:05:00Z';
const taint = (key: string, effect: string, timeAdded?: string): Taint => ({ key, effect, ...(timeAdded && { timeAdded }) });
const node = (
  conditions: Record<string, string>,
  { taints = [], unschedulable = false }: { taints?: Taint[]; unschedulable?: boolean } = {},
): Node => ({
  metadata: { name: 'n1', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { taints, unschedulable },
  status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
});

describe('wantedTaints', () => {
  it.each<{ name: string; node: Node; want: string[] }>([
    { name: 'a healthy node has none', node: node({ Ready: 'True', MemoryPressure: 'False' }), want: [] },
    {
      name: 'not ready',
      node: node({ Ready: 'False' }),
      want: ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'],
    },
    {
      name: 'silent',
      node: node({ Ready: 'Unknown' }),
      want: ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'],
    },
    { name: 'under pressure', node: node({ Ready: 'True', DiskPressure: 'True' }), want: ['node.kubernetes.io/disk-pressure:NoSchedule'] },
    { name: 'cordoned', node: node({ Ready: 'True' }, { unschedulable: true }), want: ['node.kubernetes.io/unschedulable:NoSchedule'] },
    { name: 'ready again', node: node({ Ready: 'True' }, { taints: [taint('node.kubernetes.io/not-ready', 'NoExecute')] }), want: [] },
    {
      name: "other people's stay",
      node: node({ Ready: 'True' }, { taints: [taint('dedicated', 'NoSchedule')] }),
      want: ['dedicated:NoSchedule'],
    },
  ])('$name', ({ node, want }) => {
    expect(wantedTaints(node, NOW).map(({ key, effect }) => `${key}:${effect}`)).toEqual(want);
  });

  it('keeps the time of a taint that stands', () => {
    const standing = [
      taint('node.kubernetes.io/not-ready', 'NoSchedule', EARLIER),
      taint('node.kubernetes.io/not-ready', 'NoExecute', EARLIER),
    ];
    expect(wantedTaints(node({ Ready: 'False' }, { taints: standing }), NOW)).toEqual(standing);
  });
});

describe('evictionTime', () => {
  const unreachable = [taint('node.kubernetes.io/unreachable', 'NoExecute', EARLIER)];
  it.each<{ name: string; taints: Taint[]; tolerations: Toleration[]; want: string | undefined }>([
    { name: 'no taint', taints: [], tolerations: [], want: undefined },
    { name: 'NoSchedule evicts nobody', taints: [taint('a', 'NoSchedule')], tolerations: [], want: undefined },
    { name: 'not tolerated', taints: unreachable, tolerations: [], want: EARLIER },
    {
      name: 'tolerated for five minutes',
      taints: unreachable,
      tolerations: [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
      want: '2026-01-01T00:10:00Z',
    },
    { name: 'tolerated for ever', taints: unreachable, tolerations: [{ operator: 'Exists' }], want: undefined },
    {
      name: 'the shortest counts',
      taints: unreachable,
      tolerations: [
        { operator: 'Exists', tolerationSeconds: 600 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 60 },
      ],
      want: '2026-01-01T00:06:00Z',
    },
    {
      name: 'another value is not tolerated',
      taints: [{ ...taint('k', 'NoExecute', EARLIER), value: 'x' }],
      tolerations: [{ key: 'k', value: 'y' }],
      want: EARLIER,
    },
  ])('$name', ({ taints, tolerations, want }) => {
    expect(evictionTime(taints, tolerations, NOW)).toEqual(want === undefined ? undefined : new Date(want));
  });
});
