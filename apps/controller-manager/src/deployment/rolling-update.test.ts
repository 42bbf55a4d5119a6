import type { Deployment, ReplicaSet } from '@steersman/types';
import { fenceposts } from './replica-counts.ts';
import { rollingStep, scaleStep } from './rolling-update.ts';

interface Size {
  readonly wants: number;
  readonly available?: number;
  /** What the Deployment wanted, and allowed at most, when the set was sized. */
  readonly desired?: number;
  readonly max?: number;
}

const deployment = (
  replicas: number,
  rollingUpdate: { maxSurge?: number | string; maxUnavailable?: number | string } = {},
): Deployment => ({
  metadata: { name: 'web', uid: 'd', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { replicas, selector: {}, template: {}, strategy: { type: 'RollingUpdate', rollingUpdate } },
  status: {},
});

const set = (name: string, { wants, available = wants, desired, max }: Size, at = 0): ReplicaSet => ({
  metadata: {
    name,
    uid: name,
    resourceVersion: '1',
    creationTimestamp: new Date(Date.UTC(2026, 0, 1, at)).toISOString(),
    annotations: {
      ...(desired !== undefined && { 'deployment.kubernetes.io/desired-replicas': String(desired) }),
      ...(max !== undefined && { 'deployment.kubernetes.io/max-replicas': String(max) }),
    },
  },
  spec: { replicas: wants, selector: {} },
  status: { replicas: wants, availableReplicas: available },
});

const sizes = (step: ReturnType<typeof rollingStep>) =>
  Object.fromEntries(step.map(({ replicaSet, replicas }) => [replicaSet.metadata.name, replicas]));

describe('fenceposts', () => {
  it.each([
    { name: 'defaults round surge up and unavailable down', replicas: 3, limits: {}, want: { maxSurge: 1, maxUnavailable: 0 } },
    { name: 'defaults of ten', replicas: 10, limits: {}, want: { maxSurge: 3, maxUnavailable: 2 } },
    {
      name: 'one of both is always above zero',
      replicas: 1,
      limits: { maxSurge: 0, maxUnavailable: '25%' },
      want: { maxSurge: 0, maxUnavailable: 1 },
    },
    {
      name: 'numbers stand as they are',
      replicas: 10,
      limits: { maxSurge: 5, maxUnavailable: 0 },
      want: { maxSurge: 5, maxUnavailable: 0 },
    },
  ])('$name', ({ replicas, limits, want }) => {
    expect(fenceposts(deployment(replicas, limits))).toEqual(want);
  });
});

describe('rollingStep', () => {
  it.each<{
    name: string;
    replicas: number;
    limits?: { maxSurge?: number; maxUnavailable?: number };
    fresh: Size;
    old: Size[];
    want: Record<string, number>;
  }>([
    { name: 'the new set grows by the surge', replicas: 10, fresh: { wants: 0 }, old: [{ wants: 10 }], want: { new: 3 } },
    { name: 'the new set takes all when there is no other', replicas: 3, fresh: { wants: 0 }, old: [], want: { new: 3 } },
    {
      name: 'the old one shrinks as far as may be unavailable',
      replicas: 10,
      fresh: { wants: 3, available: 0 },
      old: [{ wants: 10 }],
      want: { old0: 8 },
    },
    {
      name: 'nothing moves while the new pods are not there',
      replicas: 3,
      fresh: { wants: 1, available: 0 },
      old: [{ wants: 3 }],
      want: {},
    },
    { name: 'each new pod replaces an old one', replicas: 3, fresh: { wants: 1, available: 1 }, old: [{ wants: 3 }], want: { old0: 2 } },
    {
      name: 'the room an old one leaves goes to the new set',
      replicas: 3,
      fresh: { wants: 1, available: 1 },
      old: [{ wants: 2 }],
      want: { new: 2 },
    },
    {
      name: 'pods that are not available go first, whatever maxUnavailable says',
      replicas: 3,
      fresh: { wants: 1, available: 1 },
      old: [{ wants: 3, available: 1 }],
      want: { old0: 2 },
    },
    {
      name: 'the oldest set shrinks first',
      replicas: 4,
      limits: { maxSurge: 2, maxUnavailable: 0 },
      fresh: { wants: 3, available: 3 },
      old: [{ wants: 1 }, { wants: 2 }],
      want: { old0: 0, old1: 1 },
    },
    { name: 'a set that is too large shrinks to the wanted number', replicas: 2, fresh: { wants: 5 }, old: [], want: { new: 2 } },
    {
      name: 'without surge the old one goes first',
      replicas: 2,
      limits: { maxSurge: 0, maxUnavailable: 1 },
      fresh: { wants: 0 },
      old: [{ wants: 2 }],
      want: { old0: 1 },
    },
    { name: 'complete: nothing to do', replicas: 3, fresh: { wants: 3 }, old: [{ wants: 0 }], want: {} },
  ])('$name', ({ replicas, limits, fresh, old, want }) => {
    const oldSets = old.map((size, at) => set(`old${at}`, size, at));
    expect(sizes(rollingStep(deployment(replicas, limits), set('new', fresh, 9), oldSets))).toEqual(want);
  });

  it('reaches its end from any state without going beyond its limits', () => {
    for (const replicas of [1, 2, 3, 7, 10]) {
      for (const limits of [
        { maxSurge: 1, maxUnavailable: 0 },
        { maxSurge: 0, maxUnavailable: 1 },
        { maxSurge: '25%', maxUnavailable: '25%' },
        { maxSurge: '100%', maxUnavailable: '100%' },
      ]) {
        const d = deployment(replicas, limits);
        const { maxSurge, maxUnavailable } = fenceposts(d);
        let counts: Record<string, number> = { new: 0, old0: replicas };
        for (let steps = 0; counts['new'] !== replicas || counts['old0'] !== 0; steps++) {
          expect(steps).toBeLessThan(50);
          const step = rollingStep(d, set('new', { wants: counts['new'] ?? 0 }, 9), [set('old0', { wants: counts['old0'] ?? 0 })]);
          counts = { ...counts, ...sizes(step) };
          const total = (counts['new'] ?? 0) + (counts['old0'] ?? 0);
          expect(total).toBeLessThanOrEqual(replicas + maxSurge);
          expect(total).toBeGreaterThanOrEqual(replicas - maxUnavailable);
        }
      }
    }
  });
});

describe('scaleStep', () => {
  it.each<{ name: string; replicas: number; fresh?: Size; old: Size[]; want: Record<string, number> }>([
    { name: 'the only set takes it all', replicas: 5, fresh: { wants: 3 }, old: [{ wants: 0 }], want: { new: 5 } },
    { name: 'the newest set comes back from zero', replicas: 5, old: [{ wants: 0 }, { wants: 0 }], want: { old1: 5 } },
    {
      name: 'after a complete rollout the old ones go',
      replicas: 3,
      fresh: { wants: 3, desired: 3 },
      old: [{ wants: 1 }],
      want: { old0: 0 },
    },
    {
      name: 'growing in the middle of a rollout is shared',
      replicas: 20,
      fresh: { wants: 5, desired: 10, max: 10 },
      old: [{ wants: 5, desired: 10, max: 10 }],
      want: { new: 13, old0: 12 },
    },
    {
      name: 'shrinking too',
      replicas: 4,
      fresh: { wants: 6, desired: 10, max: 13 },
      old: [{ wants: 7, desired: 10, max: 13 }],
      want: { old0: 3, new: 2 },
    },
    {
      name: 'to nothing',
      replicas: 0,
      fresh: { wants: 2, desired: 3, max: 4 },
      old: [{ wants: 2, desired: 3, max: 4 }],
      want: { new: 0, old0: 0 },
    },
  ])('$name', ({ replicas, fresh, old, want }) => {
    const oldSets = old.map((size, at) => set(`old${at}`, size, at));
    expect(sizes(scaleStep(deployment(replicas), fresh && set('new', fresh, 9), oldSets))).toEqual(want);
  });
});
