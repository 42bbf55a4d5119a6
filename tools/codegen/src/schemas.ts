import type { Facts, ProtoField } from './facts.ts';
import type { Model, ModelField } from './models.ts';
import { isTopLevel } from './types.ts';

/**
 * The compact form that libs/types/src/schema/ reads.
 * Types: s string, i int32, l int64, b boolean, d double, q quantity, t time, m time with microseconds, o int or string, y bytes, a anything,
 * `[X` list, `{X` map, `#Name` object.
 */
export interface CompactSchema {
  /** Upstream's name, such as io.k8s.api.core.v1.Pod. */
  readonly def: string;
  /** 1 for objects with metadata of their own. */
  readonly top?: 1;
  readonly fields: readonly CompactField[];
  /** Messages of the wire whose fields are fields of this object in JSON: number and schema. */
  readonly inline?: readonly (readonly [number: number, schema: string])[];
}

export type CompactField = readonly [name: string, type: string, number: number, required: 0 | 1, facts?: Record<string, unknown>];

const QUANTITY = 'k8s.io.apimachinery.pkg.api.resource.Quantity';

export function buildSchemas(models: readonly Model[], facts: Facts): Record<string, CompactSchema> {
  const schemas: Record<string, CompactSchema> = {};
  for (const model of models) addSchema(model, { facts, schemas });
  return schemas;
}

function addSchema(model: Model, { facts, schemas }: { readonly facts: Facts; readonly schemas: Record<string, CompactSchema> }): void {
  const message = facts.messageOf(model.name) ?? '';
  const proto = facts.fieldsOf(message);
  const build = (fields: readonly ModelField[], source: readonly ProtoField[], owner: string): CompactField[] =>
    fields.map(field => toField(field, { proto: source.find(([, name]) => name === jsonToProto(field.name)), facts, message: owner }));
  const inline: [number, string][] = [];
  for (const [number, name, type] of proto) {
    if (model.fields.some(field => jsonToProto(field.name) === name) || facts.fieldsOf(type).length === 0) continue;
    const schema = `${model.name}/${name}`;
    const inner = facts.fieldsOf(type);
    const own = model.fields.filter(field => inner.some(([, innerName]) => innerName === jsonToProto(field.name)));
    if (own.length === 0) continue;
    schemas[schema] = { def: '', fields: build(own, inner, type) };
    inline.push([number, schema]);
  }
  schemas[model.name] = {
    def: message.replace(/^k8s\.io\./, 'io.k8s.'),
    ...(isTopLevel(model) && { top: 1 }),
    fields: build(model.fields, proto, message).map(field => withInlineFacts(field, inline, schemas)),
    ...(inline.length > 0 && { inline }),
  };
}

/** Fields of an inlined message are fields of the object, with the facts of the message. */
function withInlineFacts(
  field: CompactField,
  inline: readonly (readonly [number, string])[],
  schemas: Readonly<Record<string, CompactSchema>>,
): CompactField {
  if (field[2] !== 0) return field;
  const inner = inline.flatMap(([, schema]) => schemas[schema]?.fields ?? []).find(([name]) => name === field[0]);
  return inner ? ([inner[0], inner[1], 0, field[3], ...inner.slice(4)] as unknown as CompactField) : field;
}

const jsonToProto = (name: string): string => name.replace(/^\$/, '').replaceAll('-', '_');

function toField(
  field: ModelField,
  { proto, facts, message }: { readonly proto: ProtoField | undefined; readonly facts: Facts; readonly message: string },
): CompactField {
  const merge = facts.mergeFactsOf(message, field.name);
  const required = field.optional ? 0 : 1;
  const type = compactType(field, proto?.[2] ?? '');
  return Object.keys(merge).length > 0
    ? [field.name, type, proto?.[0] ?? 0, required, { ...merge }]
    : [field.name, type, proto?.[0] ?? 0, required];
}

function compactType({ type, format }: Pick<ModelField, 'type' | 'format'>, proto: string): string {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (list !== undefined) return `[${compactType({ type: list, format }, proto)}`;
  if (map !== undefined) return `{${compactType({ type: map, format }, proto.replace(/^map<string,(.*)>$/, '$1'))}`;
  if (type === 'string') return proto === QUANTITY ? 'q' : format === 'byte' ? 'y' : 's';
  if (type === 'number') return { int32: 'i', int64: 'l' }[format] ?? 'd';
  const scalar = { boolean: 'b', Date: 't', V1MicroTime: 'm', IntOrString: 'o', any: 'a' }[type];
  return scalar ?? `#${type}`;
}
