import { schemaOf, type Kind, type Subresource } from '@steersman/types';
import { listSchemaOf, pathOf } from './definitions.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'body';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
  readonly required?: boolean;
}

/** One operation, before it is written in the words of OpenAPI 2 or 3. */
export interface Operation {
  readonly path: string;
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch';
  readonly id: string;
  readonly description: string;
  readonly action: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly parameters: readonly Parameter[];
  /** Schema of the request body. */
  readonly body: string | undefined;
  readonly answer: string;
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({ name, in: 'query', type, description });

const PRETTY = query('pretty', 'string', "If 'true', then the output is pretty printed.");
const WRITE = [
  PRETTY,
  query(
    'dryRun',
    'string',
    'When present, indicates that modifications should not be persisted. Valid values are: - All: all dry run stages will be processed',
  ),
  query('fieldManager', 'string', 'fieldManager is a name associated with the actor or entity that is making these changes.'),
  query(
    'fieldValidation',
    'string',
    'fieldValidation instructs the server on how to handle objects in the request containing unknown or duplicate fields: Ignore, Warn or Strict.',
  ),
];
const LIST = [
  PRETTY,
  query('allowWatchBookmarks', 'boolean', 'allowWatchBookmarks requests watch events with type "BOOKMARK".'),
  query('continue', 'string', 'The continue option should be set when retrieving more results from the server.'),
  query('fieldSelector', 'string', 'A selector to restrict the list of returned objects by their fields.'),
  query('labelSelector', 'string', 'A selector to restrict the list of returned objects by their labels.'),
  query('limit', 'integer', 'limit is a maximum number of responses to return for a list call.'),
  query('resourceVersion', 'string', 'resourceVersion sets a constraint on what resource versions a request may be served from.'),
  query('resourceVersionMatch', 'string', 'resourceVersionMatch determines how resourceVersion is applied to list calls.'),
  query('sendInitialEvents', 'boolean', '`sendInitialEvents=true` may be set together with `watch=true`.'),
  query('timeoutSeconds', 'integer', 'Timeout for the list/watch call.'),
  query(
    'watch',
    'boolean',
    'Watch for changes to the described resources and return them as a stream of add, update, and remove notifications.',
  ),
];
const DELETE = [
  PRETTY,
  query('dryRun', 'string', 'When present, indicates that modifications should not be persisted.'),
  query('gracePeriodSeconds', 'integer', 'The duration in seconds before the object should be deleted.'),
  query('propagationPolicy', 'string', 'Whether and how garbage collection will be performed.'),
];
const FORCE = query('force', 'boolean', 'Force is going to "force" Apply requests.');
const pathParameter = (name: string, description: string): Parameter => ({ name, in: 'path', type: 'string', description, required: true });
const NAMESPACE = pathParameter('namespace', 'object name and auth scope, such as for teams and projects');
const NAME = pathParameter('name', 'name of the object');

export const operationsOf = (kind: Kind): readonly Operation[] => [
  ...objectOperations(kind),
  ...(kind.subresources ?? []).flatMap(subresource => subresourceOperations(kind, subresource as Subresource<never>)),
];

type Row = readonly [
  method: Operation['method'],
  verb: string,
  description: string,
  action: Operation['action'],
  more: Pick<Operation, 'parameters' | 'body' | 'answer'>,
];

function objectOperations(kind: Kind): readonly Operation[] {
  const list = kind.virtual ? kind.schema : listSchemaOf(kind);
  const { schema, kind: name, group, version, scope } = kind;
  const collection: readonly Row[] = [
    ['get', 'list', `list or watch objects of kind ${name}`, 'list', { parameters: LIST, body: undefined, answer: list }],
    ['post', 'create', `create a ${name}`, 'post', { parameters: WRITE, body: schema, answer: schema }],
    [
      'delete',
      'deleteCollection',
      `delete collection of ${name}`,
      'deletecollection',
      { parameters: [...LIST, ...DELETE], body: 'V1DeleteOptions', answer: 'V1Status' },
    ],
  ];
  const one: readonly Row[] = [
    ['get', 'read', `read the specified ${name}`, 'get', { parameters: [PRETTY], body: undefined, answer: schema }],
    ['put', 'replace', `replace the specified ${name}`, 'put', { parameters: WRITE, body: schema, answer: schema }],
    [
      'patch',
      'patch',
      `partially update the specified ${name}`,
      'patch',
      { parameters: [...WRITE, FORCE], body: undefined, answer: schema },
    ],
    ['delete', 'delete', `delete a ${name}`, 'delete', { parameters: DELETE, body: 'V1DeleteOptions', answer: 'V1Status' }],
  ];
  const scoped = scope === 'Namespaced' ? 'Namespaced' : '';
  const place = scope === 'Namespaced' ? [NAMESPACE] : [];
  const toOperation =
    (path: string, before: readonly Parameter[]) =>
    ([method, verb, description, action, more]: Row): Operation => ({
      ...more,
      path,
      method,
      id: `${verb}${groupId(kind)}${scoped}${name}`,
      description,
      action,
      kind: { group, version, kind: name },
      parameters: [...before, ...more.parameters],
    });
  if (kind.virtual) return collection.filter(([method]) => method === 'post').map(toOperation(pathOf(kind), place));
  return [
    ...collection.map(toOperation(pathOf(kind), place)),
    ...one.map(toOperation(`${pathOf(kind)}/{name}`, [...place, NAME])),
    ...(scope === 'Namespaced' ? [allNamespaces(kind, list)] : []),
  ];
}

const allNamespaces = (kind: Kind, list: string): Operation => ({
  path: pathOf(kind).replace('/namespaces/{namespace}', ''),
  method: 'get',
  id: `list${groupId(kind)}${kind.kind}ForAllNamespaces`,
  description: `list or watch objects of kind ${kind.kind}`,
  action: 'list',
  kind: { group: kind.group, version: kind.version, kind: kind.kind },
  parameters: LIST,
  body: undefined,
  answer: list,
});

const PART_METHODS = ['get', 'put', 'patch'] as const;

function subresourceOperations(kind: Kind, subresource: Subresource<never>): readonly Operation[] {
  if ('connect' in subresource || 'action' in subresource || 'answer' in subresource) return [];
  const isScale = 'read' in subresource;
  const schema = isScale ? 'V1Scale' : kind.schema;
  const described = isScale
    ? { group: 'autoscaling', version: 'v1', kind: 'Scale' }
    : { group: kind.group, version: kind.version, kind: kind.kind };
  const scope = kind.scope === 'Namespaced' ? [NAMESPACE] : [];
  const suffix = `${subresource.name.charAt(0).toUpperCase()}${subresource.name.slice(1)}`;
  return PART_METHODS.map(method => ({
    path: `${pathOf(kind)}/{name}/${subresource.name}`,
    method,
    id: `${{ get: 'read', put: 'replace', patch: 'patch' }[method]}${groupId(kind)}${kind.scope === 'Namespaced' ? 'Namespaced' : ''}${kind.kind}${suffix}`,
    description: `${subresource.name} of the specified ${kind.kind}`,
    action: method,
    kind: described,
    parameters: [...scope, NAME, ...(method === 'get' ? [PRETTY] : WRITE)],
    body: method === 'put' ? schema : undefined,
    answer: schema,
  }));
}

const groupId = ({ group, version }: Kind): string => {
  const name = group === '' ? 'core' : (group.split('.')[0] ?? '');
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${version.charAt(0).toUpperCase()}${version.slice(1)}`;
};

export const definitionName = (schema: string): string => schemaOf(schema).definition;

export const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];
