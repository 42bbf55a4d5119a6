import { groupVersion, type Kind, type Subresource } from '@steersman/types';

const OBJECT_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const QUESTION_VERBS = ['create'];
const PART_VERBS = ['get', 'patch', 'update'];
const CONNECT_VERBS = { GET: 'get', POST: 'create' } as const;

interface Version {
  readonly group: string;
  readonly version: string;
}

const singular = ({ kind }: Kind): string => kind.toLowerCase();

export const groupVersionsOf = (kinds: readonly Kind[]): readonly Version[] => {
  const seen = new Map(kinds.map(kind => [groupVersion(kind), { group: kind.group, version: kind.version }]));
  return [...seen.values()];
};

/** What a subresource answers with, and how it is asked. */
function describeSubresource(
  kind: Kind,
  subresource: Subresource<never>,
): { readonly responseKind: { group: string; version: string; kind: string }; readonly verbs: readonly string[] } {
  const own = { group: kind.group, version: kind.version, kind: kind.kind };
  if ('read' in subresource) return { responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: PART_VERBS };
  if ('action' in subresource || 'answer' in subresource) {
    const { group, version, kind: name } = 'action' in subresource ? subresource.action : subresource.answer;
    return { responseKind: { group, version, kind: name }, verbs: ['create'] };
  }
  if ('connect' in subresource) {
    return {
      responseKind: { group: '', version: 'v1', kind: subresource.connect.kind },
      verbs: subresource.connect.methods.map(method => CONNECT_VERBS[method]).sort(),
    };
  }
  return { responseKind: own, verbs: 'part' in subresource && subresource.part.updateOnly ? ['update'] : PART_VERBS };
}

/** GET /api */
export const apiVersions = (address: string): object => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
});

function apiGroup(group: string, versions: readonly Version[]): object {
  const all = versions
    .filter(version => version.group === group)
    .map(version => ({ groupVersion: groupVersion(version), version: version.version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

/** GET /apis */
export function apiGroupList(kinds: readonly Kind[]): object {
  const versions = groupVersionsOf(kinds);
  const groups = [...new Set(versions.map(({ group }) => group).filter(group => group !== ''))];
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(group => apiGroup(group, versions)) };
}

/** GET /apis/{group}; undefined when nobody serves it. */
export function apiGroupDocument(kinds: readonly Kind[], group: string): object | undefined {
  const versions = groupVersionsOf(kinds);
  return group !== '' && versions.some(version => version.group === group)
    ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group, versions) }
    : undefined;
}

/** GET /api/v1, /apis/{group}/{version}; undefined when nobody serves it. */
export function apiResourceList(kinds: readonly Kind[], { group, version }: Version): object | undefined {
  const served = kinds.filter(kind => kind.group === group && kind.version === version);
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion({ group, version }),
    resources: served.flatMap(kind => [
      {
        name: kind.plural,
        singularName: singular(kind),
        namespaced: kind.scope === 'Namespaced',
        kind: kind.kind,
        verbs: kind.virtual ? QUESTION_VERBS : OBJECT_VERBS,
        ...(kind.shortNames && { shortNames: kind.shortNames }),
        ...(kind.categories && { categories: kind.categories }),
      },
      ...(kind.subresources ?? []).map(subresource => legacySubresource(kind, subresource as Subresource<never>)),
    ]),
  };
}

function legacySubresource(kind: Kind, subresource: Subresource<never>): object {
  const { responseKind, verbs } = describeSubresource(kind, subresource);
  const isForeign = responseKind.group !== kind.group || responseKind.version !== kind.version;
  return {
    name: `${kind.plural}/${subresource.name}`,
    singularName: '',
    namespaced: kind.scope === 'Namespaced',
    ...(isForeign && { group: responseKind.group, version: responseKind.version }),
    kind: responseKind.kind,
    verbs,
  };
}

/** GET /api or /apis, aggregated: everything in one answer. */
export function aggregatedDiscovery(
  kinds: readonly Kind[],
  { core, version }: { readonly core: boolean; readonly version: 'v2' | 'v2beta1' },
): object {
  const versions = groupVersionsOf(kinds).filter(({ group }) => (group === '') === core);
  const groups = [...new Set(versions.map(({ group }) => group))];
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(group => ({
      metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
      versions: versions
        .filter(found => found.group === group)
        .map(found => ({
          version: found.version,
          resources: kinds.filter(kind => kind.group === group && kind.version === found.version).map(aggregatedResource),
          freshness: 'Current',
        })),
    })),
  };
}

function aggregatedResource(kind: Kind): object {
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.scope === 'Cluster' ? 'Cluster' : 'Namespaced',
    singularResource: singular(kind),
    verbs: kind.virtual ? QUESTION_VERBS : OBJECT_VERBS,
    ...(kind.shortNames && { shortNames: kind.shortNames }),
    ...(kind.categories && { categories: kind.categories }),
    ...(kind.subresources && {
      subresources: kind.subresources.map(subresource => ({
        subresource: subresource.name,
        ...describeSubresource(kind, subresource as Subresource<never>),
      })),
    }),
  };
}
