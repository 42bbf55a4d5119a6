import type { PolicyRule } from '@steersman/types';
import { completedBinding, completedRole } from './reconcile.ts';

const autoupdate = (value: string) => ({ annotations: { 'rbac.authorization.kubernetes.io/autoupdate': value } });
const pods = (...verbs: string[]): PolicyRule => ({ apiGroups: [''], resources: ['pods'], verbs });

it.each([
  { name: 'stays when it has everything', stored: { metadata: {}, rules: [pods('*')] }, wanted: [pods('get')], rules: undefined },
  {
    name: 'gains what it lacks',
    stored: { metadata: {}, rules: [pods('delete')] },
    wanted: [pods('get')],
    rules: [pods('delete'), pods('get')],
  },
  { name: 'stays when its owner keeps it', stored: { metadata: autoupdate('false'), rules: [] }, wanted: [pods('get')], rules: undefined },
])('a role $name', ({ stored, wanted, rules }) => {
  expect(completedRole(stored, { metadata: {}, rules: wanted })?.rules).toEqual(rules);
});

it('a role gains the label by which others collect it', () => {
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' };
  expect(completedRole({ metadata: { labels: { mine: 'x' } }, rules: [] }, { metadata: { labels } })?.metadata.labels).toEqual({
    mine: 'x',
    ...labels,
  });
});

it('a binding gains the subjects it lacks and keeps those of others', () => {
  const [own, given] = [
    { kind: 'Group', name: 'own' },
    { kind: 'User', name: 'given' },
  ];
  expect(completedBinding({ metadata: {}, subjects: [given] }, { metadata: {}, subjects: [own] })?.subjects).toEqual([given, own]);
  expect(completedBinding({ metadata: {}, subjects: [given, own] }, { metadata: {}, subjects: [own] })).toBeUndefined();
});
