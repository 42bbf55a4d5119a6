import type { NetworkPolicy, Pod } from '@steersman/types';
import { planChanges } from './plan-changes.ts';
import { planPolicies } from './plan-policies.ts';
import { labels, namespace, pod, policy } from './test-builders.ts';

const plan = (policies: readonly NetworkPolicy[], pods: readonly Pod[]) =>
  planPolicies({ policies, pods, namespaces: [namespace('x')], nodeName: 'n1' });

describe('planChanges', () => {
  const web = policy('x/web', { podSelector: labels({ pod: 'web' }), ingress: [{ from: [{ podSelector: labels({ role: 'client' }) }] }] });
  const [server, client] = [pod('x/web', '10.0.0.1'), pod('x/one', '10.0.0.2', { labels: { role: 'client' } })];
  const before = plan([web], [server, client]);

  it('is nothing between equals', () => {
    const { pods, profiles, sets } = planChanges(before, plan([web], [server, client]));
    expect([pods, profiles, sets].map(({ set, removed }) => set.size + removed.length)).toEqual([0, 0, 0]);
  });

  it('is one set when a peer comes', () => {
    const another = pod('x/two', '10.0.0.3', { labels: { role: 'client' } });
    const changes = planChanges(before, plan([web], [server, client, another]));
    expect([...changes.sets.set]).toEqual([['pods x {role=client}', { kind: 'addresses', addresses: ['10.0.0.2', '10.0.0.3'] }]]);
    expect([changes.pods.set.size, changes.profiles.set.size]).toEqual([0, 0]);
  });

  it('takes everything back with the last policy', () => {
    const changes = planChanges(before, plan([], [server, client]));
    expect([changes.pods.removed, changes.profiles.removed, changes.sets.removed]).toEqual([
      ['x/web'],
      ['ingress x/web'],
      ['pods x {role=client}'],
    ]);
  });
});
