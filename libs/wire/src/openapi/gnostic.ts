import type { SchemaObject } from './definitions.ts';
import type { OpenApiV2, OperationV2, ParameterV2 } from './v2.ts';

/*
 * OpenAPI 2 as the protobuf messages of gnostic (https://github.com/google/gnostic, openapiv2/OpenAPIv2.proto): the only
 * form in which kubectl up to 1.28 reads it. Written are the fields our documents have.
 */

const encoder = new TextEncoder();

type Part = Uint8Array;

function varint(value: number): Part {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return Uint8Array.from([...bytes, value]);
}

function join(parts: readonly Part[]): Part {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const NOTHING: Part = new Uint8Array();
const WIRE_BYTES = 2;
const message = (field: number, body: Part): Part => join([varint(field * 8 + WIRE_BYTES), varint(body.length), body]);
const text = (field: number, value: unknown): Part =>
  typeof value === 'string' && value !== '' ? message(field, encoder.encode(value)) : NOTHING;
const yes = (field: number, value: unknown): Part => (value === true ? join([varint(field * 8), Uint8Array.of(1)]) : NOTHING);

/** Any: JSON is YAML. */
const any = (value: unknown): Part => text(2, `${JSON.stringify(value)}\n`);
const named = (name: string, value: Part): Part => join([text(1, name), message(2, value)]);
const extensions = (of: object, field: number): Part =>
  join(
    Object.entries(of)
      .filter(([name]) => name.startsWith('x-'))
      .map(([name, value]) => message(field, named(name, any(value)))),
  );

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isObject = (value: unknown): value is SchemaObject => typeof value === 'object' && value !== null;

function schema(of: SchemaObject): Part {
  const { $ref, format, description, required, additionalProperties, type, items, properties } = of;
  return join([
    text(1, $ref),
    text(2, format),
    text(4, description),
    'default' in of ? message(5, any(of['default'])) : NOTHING,
    ...list(required).map(name => text(19, name)),
    isObject(additionalProperties) ? message(21, message(1, schema(additionalProperties))) : NOTHING,
    type === undefined ? NOTHING : message(22, text(1, type)),
    isObject(items) ? message(23, message(1, schema(items))) : NOTHING,
    isObject(properties)
      ? message(25, join(Object.entries(properties).map(([name, value]) => message(1, named(name, schema(value as SchemaObject))))))
      : NOTHING,
    extensions(of, 31),
  ]);
}

function parameter({ name, in: place, description, required, type, schema: body }: ParameterV2): Part {
  if (place === 'body')
    return message(
      1,
      message(1, join([text(1, description), text(2, name), text(3, place), yes(4, required), body ? message(5, schema(body)) : NOTHING])),
    );
  const isQuery = place === 'query';
  const fields = join([yes(1, required), text(2, place), text(3, description), text(4, name), text(isQuery ? 6 : 5, type)]);
  return message(1, message(2, message(isQuery ? 3 : 4, fields)));
}

const operation = (of: OperationV2): Part =>
  join([
    text(3, of.description),
    text(5, of.operationId),
    ...of.produces.map(type => text(6, type)),
    ...of.consumes.map(type => text(7, type)),
    ...of.parameters.map(each => message(8, parameter(each))),
    extensions(of, 13),
  ]);

const METHODS: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

export function encodeGnostic({ info, paths, definitions }: OpenApiV2): Uint8Array {
  const pathItems = Object.entries(paths).map(([path, methods]) =>
    message(2, named(path, join(Object.entries(methods).map(([method, of]) => message(METHODS[method] ?? 0, operation(of)))))),
  );
  return join([
    text(1, '2.0'),
    message(2, join([text(1, info.title), text(2, info.version)])),
    message(8, join(pathItems)),
    message(9, join(Object.entries(definitions).map(([name, value]) => message(1, named(name, schema(value)))))),
  ]);
}
