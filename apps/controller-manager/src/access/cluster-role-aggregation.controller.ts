import type { Client } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { labelSelectorFrom } from '@steersman/labels';
import { type ClusterRole, clusterRoleKind, jsonEquals, type PolicyRule } from '@steersman/types';
import type { Informers } from '../informers.ts';

export interface ClusterRoleAggregationDeps {
  readonly client: Client;
  readonly informer: Informers;
}

/** Fills the roles that collect the rules of others, such as `admin`: whoever adds kinds adds rules for them by a label. */
export function clusterRoleAggregationController({ client, informer }: ClusterRoleAggregationDeps): Controller {
  const roles = informer(clusterRoleKind);
  return {
    name: 'cluster-role-aggregation',
    // Any role may be collected by any other, and there are few of them.
    watches: [watch(roles, () => roles.list().flatMap(role => (role.aggregationRule ? [role.metadata.name] : [])))],
    async reconcile(key, { signal }) {
      const role = roles.get(key);
      if (!role?.aggregationRule || role.metadata.deletionTimestamp) return undefined;
      const rules = collectedRules(role, roles.list());
      if (jsonEquals(rules, role.rules ?? [])) return undefined;
      await client.of(clusterRoleKind).update({ ...role, rules: [...rules] }, { signal });
      return undefined;
    },
  };
}

/** The rules of every role that is selected, in the order of their names, each once. */
export function collectedRules({ metadata, aggregationRule }: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] {
  const selectors = (aggregationRule?.clusterRoleSelectors ?? []).map(labelSelectorFrom);
  const chosen = all
    .filter(role => role.metadata.name !== metadata.name && selectors.some(selector => selector.matches(role.metadata.labels ?? {})))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules = new Map(chosen.flatMap(({ rules: found = [] }) => found.map(rule => [JSON.stringify(rule), rule])));
  return [...rules.values()];
}
