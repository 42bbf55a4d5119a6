import { schemaOf, type FieldSchema, type ObjectSchema, type TypeSchema } from '@steersman/types';
import { malformed, ProtobufReader, WIRE } from './protobuf-reader.ts';

/** `k8s\0`, then a runtime.Unknown. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const UNKNOWN = { typeMeta: 1, raw: 2 } as const;
const TYPE_META = { apiVersion: 1, kind: 2 } as const;

/** Fields that Go keeps behind a pointer: here zero, false and '' are said, not left out. */
const SAID_WHEN_ZERO = new Set([
  'activeDeadlineSeconds',
  'allocateLoadBalancerNodePorts',
  'allowPrivilegeEscalation',
  'automountServiceAccountToken',
  'backoffLimit',
  'blockOwnerDeletion',
  'completions',
  'controller',
  'count',
  'defaultMode',
  'deletionGracePeriodSeconds',
  'enableServiceLinks',
  'exitCode',
  'expirationSeconds',
  'fsGroup',
  'gracePeriodSeconds',
  'hostUsers',
  'immutable',
  'leaseTransitions',
  'minReplicas',
  'mode',
  'observedGeneration',
  'optional',
  'orphanDependents',
  'parallelism',
  'privileged',
  'progressDeadlineSeconds',
  'priority',
  'publishNotReadyAddresses',
  'readOnlyRootFilesystem',
  'ready',
  'replicas',
  'restartCount',
  'revisionHistoryLimit',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
  'serving',
  'setHostnameAsFQDN',
  'shareProcessNamespace',
  'started',
  'storageClassName',
  'successfulJobsHistoryLimit',
  'failedJobsHistoryLimit',
  'suspend',
  'terminating',
  'terminationGracePeriodSeconds',
  'timeoutSeconds',
  'tolerationSeconds',
  'ttlSecondsAfterFinished',
  'unhealthyPodEvictionPolicy',
]);
/** Of those, the ones that are no pointer in some type and default there when zero. */
const ZERO_MEANS_DEFAULT = new Set(['V1Probe.timeoutSeconds', 'CoreV1Event.count']);

export interface ProtobufObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** Opens the envelope. Throws BadRequest. */
export function openEnvelope(body: Uint8Array): ProtobufObject {
  if (!MAGIC.every((byte, at) => body[at] === byte)) throw malformed('it does not begin with "k8s" and a zero');
  let [apiVersion, kind, raw] = ['', '', new Uint8Array()];
  eachField(body.subarray(MAGIC.length), {
    [UNKNOWN.typeMeta]: reader =>
      eachField(reader.bytes(), {
        [TYPE_META.apiVersion]: meta => (apiVersion = meta.text()),
        [TYPE_META.kind]: meta => (kind = meta.text()),
      }),
    [UNKNOWN.raw]: reader => (raw = new Uint8Array(reader.bytes())),
  });
  return { apiVersion, kind, raw };
}

/** The JSON form of a protobuf body of this type. Throws BadRequest. */
export function decodeProtobuf(body: Uint8Array, schema: string): Record<string, unknown> {
  const { apiVersion, kind, raw } = openEnvelope(body);
  return { ...(apiVersion && { apiVersion }), ...(kind && { kind }), ...decodeObject(raw, schemaOf(schema)) };
}

function eachField(bytes: Uint8Array, fields: Readonly<Record<number, (reader: ProtobufReader) => void>>): void {
  const reader = new ProtobufReader(bytes);
  while (!reader.done) {
    const { number, wire } = reader.tag();
    const read = fields[number];
    if (read) read(reader);
    else reader.skip(wire);
  }
}

const byNumber = new Map<ObjectSchema, ReadonlyMap<number, FieldSchema>>();

function fieldsOf(schema: ObjectSchema): ReadonlyMap<number, FieldSchema> {
  let fields = byNumber.get(schema);
  if (!fields) {
    fields = new Map([...schema.fields.values()].filter(({ number }) => number > 0).map(field => [field.number, field]));
    byNumber.set(schema, fields);
  }
  return fields;
}

function decodeObject(bytes: Uint8Array, schema: ObjectSchema): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  const fields = fieldsOf(schema);
  const reader = new ProtobufReader(bytes);
  while (!reader.done) {
    const { number, wire } = reader.tag();
    const field = fields.get(number);
    const inline = schema.inline.get(number);
    if (field) decodeField(reader, { field, wire, object, owner: schema.name });
    else if (inline !== undefined) Object.assign(object, decodeObject(reader.bytes(), schemaOf(inline)));
    else reader.skip(wire);
  }
  return object;
}

interface FieldPlace {
  readonly field: FieldSchema;
  readonly wire: number;
  readonly object: Record<string, unknown>;
  readonly owner: string;
}

function decodeField(reader: ProtobufReader, { field: { name, type }, wire, object, owner }: FieldPlace): void {
  if (type.kind === 'list') {
    const list = (object[name] ??= []) as unknown[];
    const isPacked = wire === WIRE.bytes && (type.of.kind === 'int32' || type.of.kind === 'int64' || type.of.kind === 'boolean');
    if (!isPacked) return void list.push(decodeValue(reader, type.of));
    const packed = new ProtobufReader(reader.bytes());
    while (!packed.done) list.push(decodeValue(packed, type.of));
  } else if (type.kind === 'map') {
    const [key, value] = decodeEntry(reader.bytes(), type.of);
    ((object[name] ??= {}) as Record<string, unknown>)[key] = value;
  } else {
    const value = decodeValue(reader, type);
    if (isSaid(value, name, owner)) object[name] = value;
  }
}

/** The wire carries the zero values of fields that were never set. */
function isSaid(value: unknown, name: string, owner: string): boolean {
  if (value === null) return false;
  if (value !== '' && value !== 0 && value !== false) return true;
  return SAID_WHEN_ZERO.has(name) && !ZERO_MEANS_DEFAULT.has(`${owner}.${name}`);
}

function decodeEntry(bytes: Uint8Array, of: TypeSchema): readonly [string, unknown] {
  let key = '';
  let value: unknown = of.kind === 'list' ? [] : '';
  eachField(bytes, {
    1: reader => (key = reader.text()),
    // A list as a map's value is a message of its own, with the items as field 1.
    2: reader => (value = of.kind === 'list' ? decodeItems(reader.bytes(), of.of) : decodeValue(reader, of)),
  });
  return [key, value];
}

function decodeItems(bytes: Uint8Array, of: TypeSchema): readonly unknown[] {
  const items: unknown[] = [];
  eachField(bytes, { 1: reader => items.push(decodeValue(reader, of)) });
  return items;
}

function decodeValue(reader: ProtobufReader, type: TypeSchema): unknown {
  switch (type.kind) {
    case 'object':
      return decodeObject(reader.bytes(), schemaOf(type.schema));
    case 'string':
      return reader.text();
    case 'int32':
    case 'int64':
      return Number(reader.varint());
    case 'boolean':
      return reader.varint() !== 0n;
    case 'double':
      return reader.double();
    case 'bytes':
      return toBase64(reader.bytes());
    case 'quantity':
      return decodeQuantity(reader.bytes());
    case 'time':
    case 'microTime':
      return decodeTime(reader.bytes(), type.kind);
    case 'intOrString':
      return decodeIntOrString(reader.bytes());
    case 'any':
      return decodeRaw(reader.bytes());
    case 'list':
    case 'map':
      throw malformed('a list within a list is not used by Kubernetes');
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
}

function decodeQuantity(bytes: Uint8Array): string {
  let text = '0';
  eachField(bytes, { 1: reader => (text = reader.text()) });
  return text;
}

/** Null when the time was never set: it then arrives as an empty message. */
function decodeTime(bytes: Uint8Array, kind: 'time' | 'microTime'): string | null {
  if (bytes.length === 0) return null;
  let [seconds, nanos] = [0, 0];
  eachField(bytes, { 1: reader => (seconds = Number(reader.varint())), 2: reader => (nanos = Number(reader.varint())) });
  const text = new Date(seconds * 1_000).toISOString().slice(0, 19);
  return kind === 'time' ? `${text}Z` : `${text}.${String(Math.floor(nanos / 1_000)).padStart(6, '0')}Z`;
}

function decodeIntOrString(bytes: Uint8Array): number | string {
  let [type, number, text] = [0, 0, ''];
  eachField(bytes, {
    1: reader => (type = Number(reader.varint())),
    2: reader => (number = Number(reader.varint())),
    3: reader => (text = reader.text()),
  });
  return type === 1 ? text : number;
}

/** RawExtension and FieldsV1: JSON as bytes. */
function decodeRaw(bytes: Uint8Array): unknown {
  let text = '';
  eachField(bytes, { 1: reader => (text = reader.text()) });
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    throw malformed('an embedded object is not JSON');
  }
}
