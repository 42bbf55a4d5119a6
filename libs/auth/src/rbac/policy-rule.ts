import type { PolicyRule } from '@steersman/types';
import type { Attributes } from '../attributes.ts';

/** A PolicyRule made ready for asking: lookups instead of searches. */
export interface CompiledRule {
  readonly rule: PolicyRule;
  allows(attributes: Attributes): boolean;
}

export function compileRule(rule: PolicyRule): CompiledRule {
  const [verbs, groups, resources] = [matcher(rule.verbs), matcher(rule.apiGroups), new Set(rule.resources)];
  const names = new Set(rule.resourceNames);
  const paths = rule.nonResourceURLs ?? [];
  return {
    rule,
    allows({ verb, group, resource, subresource, name, path }) {
      if (!verbs(verb)) return false;
      if (resource === '') return paths.some(allowed => pathCovers(allowed, path));
      return groups(group) && hasResource(resources, resource, subresource) && (names.size === 0 || names.has(name));
    },
  };
}

function matcher(values: readonly string[] | undefined): (value: string) => boolean {
  const set = new Set(values);
  return set.has('*') ? () => true : value => set.has(value);
}

/** `pods` says nothing about `pods/exec`; a bare `*` speaks of all of them. */
function hasResource(resources: ReadonlySet<string>, resource: string, subresource: string): boolean {
  if (resources.has('*')) return true;
  return subresource === '' ? resources.has(resource) : resources.has(`${resource}/${subresource}`) || resources.has(`*/${subresource}`);
}

/** A trailing * matches any rest. */
export const pathCovers = (owner: string, path: string): boolean =>
  owner === path || (owner.endsWith('*') && path.startsWith(owner.replace(/\*+$/, '')));
