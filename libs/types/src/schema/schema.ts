import { SCHEMAS } from '../gen/schemas.ts';

export type Scalar =
  'string' | 'int32' | 'int64' | 'boolean' | 'double' | 'quantity' | 'time' | 'microTime' | 'intOrString' | 'bytes' | 'any';

export type TypeSchema =
  | { readonly kind: Scalar }
  | { readonly kind: 'list'; readonly of: TypeSchema }
  | { readonly kind: 'map'; readonly of: TypeSchema }
  | { readonly kind: 'object'; readonly schema: string };

export interface FieldSchema {
  readonly name: string;
  readonly type: TypeSchema;
  readonly required: boolean;
  /** Protobuf field number; 0 when the wire has none. */
  readonly number: number;
  readonly patchMergeKey?: string;
  readonly patchStrategy: readonly string[];
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
}

export interface ObjectSchema {
  /** As in client-node, such as V1Pod. */
  readonly name: string;
  /** Upstream's name, such as io.k8s.api.core.v1.Pod; '' when it has none. */
  readonly definition: string;
  /** Has metadata of its own. */
  readonly topLevel: boolean;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Protobuf messages whose fields are fields of this object in JSON. */
  readonly inline: ReadonlyMap<number, string>;
}

interface CompactSchema {
  readonly def: string;
  readonly top?: 1;
  readonly fields: readonly (readonly [name: string, type: string, number: number, required: 0 | 1, facts?: CompactFacts])[];
  readonly inline?: readonly (readonly [number, string])[];
}

type CompactFacts = Pick<FieldSchema, 'patchMergeKey' | 'listType' | 'listMapKeys' | 'mapType'> & { readonly patchStrategy?: string };

const SCALARS: Readonly<Record<string, Scalar>> = {
  s: 'string',
  i: 'int32',
  l: 'int64',
  b: 'boolean',
  d: 'double',
  q: 'quantity',
  t: 'time',
  m: 'microTime',
  o: 'intOrString',
  y: 'bytes',
  a: 'any',
};

let compact: Readonly<Record<string, CompactSchema>> | undefined;
const expanded = new Map<string, ObjectSchema>();

/** The fields of a type of the current API. Throws on a name that no type has. */
export function schemaOf(name: string): ObjectSchema {
  const known = expanded.get(name);
  if (known) return known;
  compact ??= JSON.parse(SCHEMAS) as Readonly<Record<string, CompactSchema>>;
  const source = compact[name];
  if (!source) throw new Error(`no type ${name} in the generated schemas`);
  const schema = expand(name, source);
  expanded.set(name, schema);
  return schema;
}

function expand(name: string, { def, top, fields, inline = [] }: CompactSchema): ObjectSchema {
  return {
    name,
    definition: def,
    topLevel: top === 1,
    inline: new Map(inline),
    fields: new Map(
      fields.map(([field, type, number, required, { patchStrategy, ...facts } = {}]) => [
        field,
        { name: field, type: expandType(type), number, required: required === 1, patchStrategy: patchStrategy?.split(',') ?? [], ...facts },
      ]),
    ),
  };
}

function expandType(type: string): TypeSchema {
  const rest = type.slice(1);
  if (type.startsWith('[')) return { kind: 'list', of: expandType(rest) };
  if (type.startsWith('{')) return { kind: 'map', of: expandType(rest) };
  if (type.startsWith('#')) return { kind: 'object', schema: rest };
  return { kind: SCALARS[type] ?? 'any' };
}

/** As Go prints the type in decoding errors: []v1.Container, map[string]string, int32. */
export function goType(type: TypeSchema): string {
  if (type.kind === 'list') return `[]${goType(type.of)}`;
  if (type.kind === 'map') return `map[string]${goType(type.of)}`;
  if (type.kind === 'object') return schemaOf(type.schema).definition.split('.').slice(-2).join('.');
  return (
    {
      boolean: 'bool',
      double: 'float64',
      bytes: '[]uint8',
      any: 'interface {}',
      quantity: 'resource.Quantity',
      time: 'v1.Time',
      microTime: 'v1.MicroTime',
      intOrString: 'intstr.IntOrString',
    }[type.kind as string] ?? type.kind
  );
}
