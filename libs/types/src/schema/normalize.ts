import { StatusError } from '@steersman/status';
import { canonicalQuantity } from '../quantity.ts';
import { goType, schemaOf, type ObjectSchema, type Scalar, type TypeSchema } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Normalized {
  readonly object: Record<string, unknown>;
  /** Paths of fields the type does not have, such as `spec.containers[0].imagee`; they are not in `object`. */
  readonly unknownFields: readonly string[];
}

interface Walk {
  readonly unknownFields: string[];
  /** Opens every error, as upstream does: `Pod in version "v1" cannot be handled as a Pod`. */
  readonly heading: string;
}

/**
 * What upstream's typed decoding and encoding make of a JSON object: unknown fields and nulls are dropped, values of the wrong type are
 * refused (BadRequest), quantities and times take their canonical form, spec and status are there even when empty.
 */
export function normalize(schemaName: string, json: unknown): Normalized {
  const schema = schemaOf(schemaName);
  const walk: Walk = { unknownFields: [], heading: headingOf(schema, json) };
  if (!isObject(json))
    throw new StatusError(
      'BadRequest',
      `${walk.heading}: json: cannot unmarshal ${jsonType(json)} into Go value of type ${goType({ kind: 'object', schema: schemaName })}`,
    );
  const object = toObject(json, { schema, path: '', walk });
  return { object, unknownFields: walk.unknownFields };
}

function headingOf({ definition }: ObjectSchema, json: unknown): string {
  const [version = '', kind = ''] = definition.split('.').slice(-2);
  const apiVersion = isObject(json) && typeof json['apiVersion'] === 'string' ? json['apiVersion'] : version;
  return `${kind} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${kind}`;
}

interface Place {
  readonly path: string;
  readonly walk: Walk;
}

function toObject(json: Json, { schema, path, walk }: Place & { readonly schema: ObjectSchema }): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const field = schema.fields.get(name);
    const fieldPath = path === '' ? name : `${path}.${name}`;
    if (!field) walk.unknownFields.push(fieldPath);
    else if (value !== null) {
      const normal = toValue(value, { type: field.type, path: fieldPath, walk, owner: schema });
      // Go leaves an empty list or map out of its JSON, unless the field has to be there.
      if (field.required || !isEmptyCollection(normal, field.type)) object[name] = normal;
    }
  }
  if (schema.topLevel) {
    for (const name of ['spec', 'status']) {
      if (schema.fields.get(name)?.type.kind === 'object') object[name] ??= {};
    }
  }
  return object;
}

const isEmptyCollection = (value: unknown, { kind }: TypeSchema): boolean =>
  (kind === 'list' && (value as readonly unknown[]).length === 0) || (kind === 'map' && Object.keys(value as Json).length === 0);

type ValuePlace = Place & { readonly type: TypeSchema; readonly owner: ObjectSchema };

function toValue(value: unknown, place: ValuePlace): unknown {
  const { type, path, walk } = place;
  if (type.kind === 'object')
    return isObject(value) ? toObject(value, { schema: schemaOf(type.schema), path, walk }) : mismatch(value, place);
  if (type.kind === 'list') {
    if (!Array.isArray(value)) return mismatch(value, place);
    return value.map((item, at) => (item === null ? zeroOf(type.of) : toValue(item, { ...place, type: type.of, path: `${path}[${at}]` })));
  }
  if (type.kind === 'map') {
    if (!isObject(value)) return mismatch(value, place);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        item === null ? zeroOf(type.of) : toValue(item, { ...place, type: type.of, path: `${path}.${key}` }),
      ]),
    );
  }
  return toScalar(value, { ...place, scalar: type.kind });
}

/** What Go makes of a null inside a list or map. */
function zeroOf(type: TypeSchema): unknown {
  if (type.kind === 'object' || type.kind === 'map') return {};
  if (type.kind === 'list') return [];
  if (type.kind === 'boolean') return false;
  return ['int32', 'int64', 'double', 'intOrString'].includes(type.kind)
    ? 0
    : type.kind === 'quantity'
      ? '0'
      : type.kind === 'any'
        ? null
        : '';
}

function toScalar(value: unknown, place: ValuePlace & { readonly scalar: Scalar }): unknown {
  switch (place.scalar) {
    case 'any':
      return value;
    case 'string':
      return typeof value === 'string' ? value : mismatch(value, place);
    case 'bytes':
      return typeof value === 'string' ? toBytes(value, place) : mismatch(value, place);
    case 'boolean':
      return typeof value === 'boolean' ? value : mismatch(value, place);
    case 'double':
      return typeof value === 'number' ? value : mismatch(value, place);
    case 'int32':
      return isInteger(value, 2 ** 31) ? value : mismatch(value, place);
    case 'int64':
      return isInteger(value, 2 ** 63) ? value : mismatch(value, place);
    case 'intOrString':
      return typeof value === 'string' || isInteger(value, 2 ** 31) ? value : mismatch(value, place);
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number' ? toQuantity(String(value), place) : mismatch(value, place);
    case 'time':
    case 'microTime':
      return typeof value === 'string' ? toTime(value, place) : mismatch(value, place);
  }
}

const isInteger = (value: unknown, limit: number): boolean => Number.isInteger(value) && Number(value) < limit && Number(value) >= -limit;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

function toBytes(value: string, { walk, path }: Place): string {
  if (/^[A-Za-z0-9+/\r\n]*={0,2}$/.test(value) && value.replaceAll(/[\r\n]/g, '').length % 4 === 0) return value;
  throw new StatusError('BadRequest', `${walk.heading}: illegal base64 data in ${path}: bytes are written in base64 with padding`);
}

function toQuantity(value: string, { walk }: Place): string {
  const quantity = canonicalQuantity(value);
  if (quantity !== undefined) return quantity;
  throw new StatusError(
    'BadRequest',
    `${walk.heading}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
  );
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function toTime(value: string, { walk, scalar }: Place & { readonly scalar: Scalar }): string {
  const time = RFC3339.test(value) ? new Date(value) : undefined;
  if (!time || Number.isNaN(time.getTime())) {
    throw new StatusError(
      'BadRequest',
      `${walk.heading}: parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": it must be a time of RFC 3339`,
    );
  }
  const seconds = time.toISOString().slice(0, 19);
  if (scalar === 'time') return `${seconds}Z`;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? '';
  return `${seconds}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

function mismatch(value: unknown, { type, path, walk, owner }: ValuePlace): never {
  const struct = owner.definition.split('.').at(-1) ?? '';
  const field = path.replaceAll(/\[\d+\]/g, '');
  throw new StatusError(
    'BadRequest',
    `${walk.heading}: json: cannot unmarshal ${jsonType(value)} into Go struct field ${struct}.${field} of type ${goType(type)}`,
  );
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : `number ${value}`;
  return { boolean: 'bool', object: 'object', string: 'string' }[typeof value as string] ?? 'undefined';
}
