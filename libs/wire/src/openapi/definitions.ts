import { groupVersion, schemaOf, type Descriptions, type FieldSchema, type Kind, type TypeSchema } from '@steersman/types';

/** A JSON schema as OpenAPI writes it. */
export type SchemaObject = Readonly<Record<string, unknown>>;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** Types that stand for one value. */
const SCALAR_DEFINITIONS: Readonly<Record<string, SchemaObject>> = {
  [QUANTITY]: { description: 'Quantity is a fixed-point representation of a number.', type: 'string' },
  [INT_OR_STRING]: { description: 'IntOrString is a type that can hold an int32 or a string.', type: 'string', format: 'int-or-string' },
  [`${META}.Time`]: {
    description: 'Time is a wrapper around time.Time which supports correct marshaling to YAML and JSON.',
    type: 'string',
    format: 'date-time',
  },
  [`${META}.MicroTime`]: {
    description: 'MicroTime is version of Time with microsecond level precision.',
    type: 'string',
    format: 'date-time',
  },
};

/** OpenAPI 3 has words for what OpenAPI 2 calls a string; `kubectl explain` then shows these types by name. */
const EITHER: Readonly<Record<string, SchemaObject>> = {
  [QUANTITY]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  [INT_OR_STRING]: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
};

const V2_BASE = '#/definitions/';

const PLAIN: Readonly<Record<string, SchemaObject>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  boolean: { type: 'boolean' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: { type: 'object' },
};

const SCALAR_REFERENCES: Readonly<Record<string, string>> = {
  quantity: QUANTITY,
  intOrString: INT_OR_STRING,
  time: `${META}.Time`,
  microTime: `${META}.MicroTime`,
};

/** Schemas of clients' requests and of answers that no kind refers to. */
const ALWAYS = ['V1DeleteOptions', 'V1Status'];

export interface DefinitionsOptions {
  readonly kinds: readonly Kind[];
  readonly descriptions: Descriptions;
  /** `#/definitions/` or `#/components/schemas/`. */
  readonly base: string;
}

/** Every type the kinds lead to, by upstream's names. */
export function definitionsOf({ kinds, descriptions, base }: DefinitionsOptions): Record<string, SchemaObject> {
  const definitions: Record<string, SchemaObject> = {};
  const pending = [
    ...kinds.flatMap(kind => [kind.schema, ...(kind.virtual ? [] : [listSchemaOf(kind)]), ...subresourceSchemas(kind)]),
    ...ALWAYS,
  ];
  const seen = new Set(pending);
  const refer = (schema: string): string => {
    if (!seen.has(schema)) {
      seen.add(schema);
      pending.push(schema);
    }
    return schemaOf(schema).definition;
  };
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const { definition, fields } = schemaOf(name);
    definitions[definition] = describeType(name, {
      fields: [...fields.values()],
      description: descriptions[name],
      base,
      refer,
      definitions,
    });
  }
  for (const kind of [...kinds, ...kinds.filter(({ virtual }) => !virtual).map(listOf)])
    addGroupVersionKind(definitions, schemaOf(kind.schema).definition, kind);
  return definitions;
}

export const listSchemaOf = ({ schema }: Pick<Kind, 'schema'>): string => `${schema}List`;
const listOf = ({ group, version, kind, schema }: Kind): Pick<Kind, 'group' | 'version' | 'kind' | 'schema'> => ({
  group,
  version,
  kind: `${kind}List`,
  schema: `${schema}List`,
});

const subresourceSchemas = ({ subresources = [] }: Kind): string[] =>
  subresources.flatMap(subresource => {
    if ('read' in subresource) return ['V1Scale'];
    if ('action' in subresource) return [subresource.action.schema];
    return 'answer' in subresource ? [subresource.answer.schema] : [];
  });

function addGroupVersionKind(
  definitions: Record<string, SchemaObject>,
  name: string,
  { group, version, kind }: Pick<Kind, 'group' | 'version' | 'kind'>,
): void {
  definitions[name] = { ...definitions[name], 'x-kubernetes-group-version-kind': [{ group, kind, version }] };
}

interface TypeContext {
  readonly fields: readonly FieldSchema[];
  readonly description: Descriptions[string] | undefined;
  readonly base: string;
  readonly refer: (schema: string) => string;
  readonly definitions: Record<string, SchemaObject>;
}

function describeType(name: string, context: TypeContext): SchemaObject {
  const { fields, description } = context;
  const required = fields.filter(field => field.required).map(field => field.name);
  return {
    ...(description?.[0] && { description: description[0] }),
    type: 'object',
    ...(required.length > 0 && { required }),
    ...(fields.length > 0 && { properties: Object.fromEntries(fields.map(field => [field.name, describeField(field, name, context)])) }),
  };
}

function describeField(field: FieldSchema, _owner: string, context: TypeContext): SchemaObject {
  const text = context.description?.[1][field.name];
  const schema = describeValue(field.type, context);
  // A reference with a description of its own: OpenAPI 3 ignores what stands beside $ref, so it goes into allOf there.
  const described = '$ref' in schema && context.base !== V2_BASE ? { allOf: [schema], default: {} } : schema;
  return { ...(text && { description: text }), ...described, ...extensions(field) };
}

function extensions({ patchMergeKey, patchStrategy, listType, listMapKeys, mapType }: FieldSchema): SchemaObject {
  return {
    ...(patchMergeKey !== undefined && { 'x-kubernetes-patch-merge-key': patchMergeKey }),
    ...(patchStrategy.length > 0 && { 'x-kubernetes-patch-strategy': patchStrategy.join(',') }),
    ...(listType !== undefined && { 'x-kubernetes-list-type': listType }),
    ...(listMapKeys !== undefined && { 'x-kubernetes-list-map-keys': listMapKeys }),
    ...(mapType !== undefined && { 'x-kubernetes-map-type': mapType }),
  };
}

function describeValue(type: TypeSchema, context: TypeContext): SchemaObject {
  if (type.kind === 'object') return { $ref: `${context.base}${context.refer(type.schema)}` };
  if (type.kind === 'list') return { type: 'array', items: describeValue(type.of, context) };
  if (type.kind === 'map') return { type: 'object', additionalProperties: describeValue(type.of, context) };
  const reference = SCALAR_REFERENCES[type.kind];
  if (reference === undefined) return PLAIN[type.kind] ?? {};
  context.definitions[reference] ??= scalarDefinition(reference, context.base);
  return { $ref: `${context.base}${reference}` };
}

function scalarDefinition(name: string, base: string): SchemaObject {
  const { description, ...plain } = SCALAR_DEFINITIONS[name] ?? {};
  return { description, ...((base !== V2_BASE && EITHER[name]) || plain) };
}

export const pathOf = (kind: Kind): string =>
  `${kind.group === '' ? '/api/v1' : `/apis/${groupVersion(kind)}`}${kind.scope === 'Namespaced' ? '/namespaces/{namespace}' : ''}/${kind.plural}`;
