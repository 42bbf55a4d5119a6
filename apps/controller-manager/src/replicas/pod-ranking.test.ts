import type { Pod } from '@steersman/types';
import { podsToDelete } from './pod-ranking.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();

interface Facts {
  readonly node?: string;
  readonly phase?: string;
  readonly readyFor?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly age?: number;
}

const pod = (name: string, { node = 'n1', phase = 'Running', readyFor, cost, restarts = 0, age = 60 }: Facts = {}): Pod => ({
  metadata: {
    name,
    namespace: 'ns',
    uid: name,
    resourceVersion: '1',
    creationTimestamp: ago(age),
    ...(cost !== undefined && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
  },
  spec: { containers: [], ...(node && { nodeName: node }) },
  status: {
    phase,
    ...(readyFor !== undefined && { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(readyFor) }] }),
    containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: restarts }],
  },
});

describe('podsToDelete', () => {
  it.each([
    { name: 'unplaced before placed', first: pod('z', { node: '' }), second: pod('a') },
    { name: 'pending before running', first: pod('z', { phase: 'Pending' }), second: pod('a') },
    { name: 'unready before ready', first: pod('z'), second: pod('a', { readyFor: 10 }) },
    { name: 'cheap before costly', first: pod('z', { cost: '-5', readyFor: 10 }), second: pod('a', { readyFor: 10 }) },
    { name: 'a bad cost counts as none', first: pod('z', { cost: '-1' }), second: pod('a', { cost: 'much' }) },
    { name: 'ready for a short time before ready for long', first: pod('z', { readyFor: 1 }), second: pod('a', { readyFor: 50 }) },
    { name: 'the uid decides among times of one magnitude', first: pod('a', { readyFor: 50 }), second: pod('z', { readyFor: 48 }) },
    { name: 'restarted often before seldom', first: pod('z', { restarts: 3 }), second: pod('a') },
    { name: 'young before old', first: pod('z', { age: 1 }), second: pod('a', { age: 50 }) },
  ])('$name', ({ first, second }) => {
    for (const pods of [
      [first, second],
      [second, first],
    ]) {
      expect(podsToDelete(pods, 1, { related: pods, now: NOW }).map(({ metadata }) => metadata.name)).toEqual([first.metadata.name]);
    }
  });

  it('takes from the node with most of its siblings', () => {
    const pods = [pod('a', { node: 'n1' }), pod('z', { node: 'n2' })];
    const related = [...pods, pod('sibling', { node: 'n2' })];
    expect(podsToDelete(pods, 1, { related, now: NOW })).toEqual([pods[1]]);
  });
});
