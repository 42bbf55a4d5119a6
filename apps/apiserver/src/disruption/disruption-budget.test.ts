import type { Pod, PodDisruptionBudget } from '@steersman/types';
import { budgetOf, isIdle, spend } from './disruption-budget.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

const pod = ({ ready = true, phase = 'Running', app = 'web' } = {}): Pod => ({
  metadata: { name: 'web-1', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '', labels: { app } },
  spec: { containers: [] },
  status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

const budget = (status: PodDisruptionBudget['status'] = {}, spec: PodDisruptionBudget['spec'] = {}, name = 'web'): PodDisruptionBudget => ({
  metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', creationTimestamp: '', generation: 2 },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  status: { observedGeneration: 2, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2, ...status },
});

describe('budgetOf', () => {
  it('finds the one that selects the pod', () => {
    const own = budget();
    expect(budgetOf(pod(), [own])).toBe(own);
    expect(budgetOf(pod({ app: 'db' }), [own])).toBeUndefined();
  });

  it('refuses to choose between two', () => {
    expect(() => budgetOf(pod(), [budget(), budget({}, {}, 'other')])).toThrow('This pod has more than one PodDisruptionBudget');
  });
});

describe('isIdle', () => {
  it.each([
    { name: 'a running pod', pod: pod(), want: false },
    { name: 'a pending pod', pod: pod({ phase: 'Pending' }), want: true },
    { name: 'an ended pod', pod: pod({ phase: 'Failed' }), want: true },
  ])('$name: $want', ({ pod: given, want }) => {
    expect(isIdle(given)).toBe(want);
  });
});

describe('spend', () => {
  it('takes one disruption and notes the pod', () => {
    expect(spend(budget(), pod(), NOW)?.status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { 'web-1': '2026-01-01T00:00:00Z' },
    });
  });

  it.each([
    {
      name: 'a pod that has its disruption already',
      budget: budget({ disruptionsAllowed: 0, disruptedPods: { 'web-1': '2025-12-31T23:59:00Z' } }),
    },
    { name: 'a pod that is not ready, where that costs nothing', pod: pod({ ready: false }), budget: budget({ disruptionsAllowed: 0 }) },
    {
      name: 'a pod that is not ready, where that always may go',
      pod: pod({ ready: false }),
      budget: budget({ disruptionsAllowed: 0, currentHealthy: 0 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
    },
  ])('asks nothing for $name', ({ pod: given = pod(), budget: own }) => {
    expect(spend(own, given, NOW)).toBeUndefined();
  });

  it.each([
    {
      name: 'none is left',
      budget: budget({ disruptionsAllowed: 0 }),
      want: 'The disruption budget web needs 2 healthy pods and has 3 currently',
    },
    {
      name: 'the budget has changed',
      budget: budget({ observedGeneration: 1 }),
      want: 'The disruption budget web is still being processed by the server.',
    },
  ])('refuses when $name', ({ budget: own, want }) => {
    expect(() => spend(own, pod(), NOW)).toThrow(
      expect.objectContaining({
        reason: 'TooManyRequests',
        http: 429,
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: expect.objectContaining({ causes: [{ reason: 'DisruptionBudget', message: want }] }),
      }),
    );
  });
});
