import { clusterRoleKind, type PolicyRule } from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.controller.ts';

const read = (resource: string): PolicyRule => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });

it('collects rules along a chain of roles, and lets go of what is no longer selected', async () => {
  using world = new TestWorld();
  const roles = world.client.of(clusterRoleKind);
  const collects = (part: string) => ({ clusterRoleSelectors: [{ matchLabels: { to: part } }] });
  await roles.create({ metadata: { name: 'admin' }, aggregationRule: collects('admin') });
  await roles.create({ metadata: { name: 'view', labels: { to: 'admin' } }, aggregationRule: collects('view') });
  await roles.create({ metadata: { name: 'pods', labels: { to: 'view' } }, rules: [read('pods')] });
  await roles.create({ metadata: { name: 'other' }, rules: [read('secrets')] });
  world.run(clusterRoleAggregationController(world));
  await world.settle();
  expect(world.one(clusterRoleKind, 'admin').rules).toEqual([read('pods')]);

  await world.change(clusterRoleKind, 'pods', draft => (draft.rules = [read('pods'), read('nodes')]));
  await world.settle();
  expect(world.one(clusterRoleKind, 'admin').rules).toEqual([read('pods'), read('nodes')]);

  await world.change(clusterRoleKind, 'pods', draft => delete draft.metadata.labels);
  await world.settle();
  expect(world.one(clusterRoleKind, 'admin').rules).toEqual([]);
});
