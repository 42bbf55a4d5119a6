import type { PolicyRule } from '@steersman/types';
import { pathCovers } from './policy-rule.ts';

/** A rule with one verb and one of everything else it speaks of. */
interface Atom {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly path: string | undefined;
}

/** What `wanted` allows and no rule of `held` does, put together again into as few rules as there are resources. */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return compact(wanted.flatMap(atoms).filter(atom => !held.some(rule => covers(rule, atom))));
}

function atoms({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): readonly Atom[] {
  const names = resourceNames.length > 0 ? resourceNames : [undefined];
  return [
    ...apiGroups.flatMap(group =>
      resources.flatMap(resource => verbs.flatMap(verb => names.map(name => ({ verb, group, resource, name, path: undefined })))),
    ),
    ...nonResourceURLs.flatMap(path => verbs.map(verb => ({ verb, group: '', resource: '', name: undefined, path }))),
  ];
}

const has = (values: readonly string[] | undefined, wanted: string): boolean =>
  values?.some(value => value === '*' || value === wanted) ?? false;

function covers(rule: PolicyRule, { verb, group, resource, name, path }: Atom): boolean {
  if (!has(rule.verbs, verb)) return false;
  if (path !== undefined) return (rule.nonResourceURLs ?? []).some(owner => pathCovers(owner, path));
  const names = rule.resourceNames ?? [];
  return (
    has(rule.apiGroups, group) &&
    hasResource(rule.resources ?? [], resource) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

const hasResource = (owned: readonly string[], wanted: string): boolean => {
  const at = wanted.indexOf('/');
  return has(owned, wanted) || (at >= 0 && owned.includes(`*${wanted.slice(at)}`));
};

function compact(missing: readonly Atom[]): readonly PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  for (const { verb, group, resource, name, path } of missing) {
    const key = JSON.stringify([group, resource, name, path]);
    const known = rules.get(key);
    if (known) {
      if (!known.verbs.includes(verb)) known.verbs.push(verb);
    } else {
      rules.set(
        key,
        path === undefined
          ? { apiGroups: [group], resources: [resource], ...(name !== undefined && { resourceNames: [name] }), verbs: [verb] }
          : { nonResourceURLs: [path], verbs: [verb] },
      );
    }
  }
  return [...rules.values()];
}

/** As upstream prints a rule: `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`. */
export function describeRule({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  });
  return `{${parts.flatMap(([name, values]) => (values && values.length > 0 ? [`${name}:${quoteAll(values)}`] : [])).join(', ')}}`;
}

/** Go's %q of a list. */
export const quoteAll = (values: readonly string[]): string => `[${values.map(value => JSON.stringify(value)).join(' ')}]`;
