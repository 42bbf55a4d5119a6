import { StatusError } from '@steersman/status';
import type { ObjectMeta } from '@steersman/types';

/**
 * What is stored for an object, made once when it is written:
 *
 *   byte 0      format, FORMAT
 *   1, 5, 9     uint32 LE: bytes of the header, bytes of the body, where in the body the resourceVersion stands
 *   13          header: JSON of what lists, watches and filters look at (see Header)
 *   then        body: the object as JSON, without managedFields
 *   then        managedFields as a JSON array; nothing when there are none
 *
 * The body is served as it is. Its resourceVersion has a fixed width (blanks after the closing quote are legal JSON) and
 * is filled in when the revision is known.
 */
const FORMAT = 1;
const PRELUDE_BYTES = 13;
/** Quote, up to 16 digits (2^53), quote. */
const VERSION_BYTES = 18;
const VERSION_PLACE = `"0"${' '.repeat(VERSION_BYTES - 3)}`;
const MANAGED_FIELDS = Buffer.from(',"managedFields":');
const NONE: Readonly<Record<string, never>> = Object.freeze({});

/** Keys of one letter: every object of a cluster carries them. */
interface Header {
  readonly a: string;
  readonly k: string;
  readonly s?: string | undefined;
  readonly n: string;
  readonly u: string;
  readonly l?: Readonly<Record<string, string>> | undefined;
  readonly f?: Readonly<Record<string, string>> | undefined;
  readonly t?: string | undefined;
  readonly d?: string | undefined;
}

export interface ValueInput {
  /** Serialised as it is now. It carries no managedFields; its resourceVersion is ignored. */
  readonly object: { readonly apiVersion?: string; readonly kind?: string; readonly metadata: ObjectMeta };
  /** The kind's selectable fields by field path, without metadata.name and metadata.namespace. */
  readonly fields?: Readonly<Record<string, string>>;
  /** W3C trace context of the write. */
  readonly traceparent?: string | undefined;
  /** The array, or its JSON (such as `StoredObject.managedFields` of the version before). */
  readonly managedFields?: readonly unknown[] | Buffer | undefined;
}

/** The bytes to store for an object. Each part of the object is serialised once. */
export function encodeValue({ object, fields, traceparent, managedFields }: ValueInput): Buffer {
  const { apiVersion, kind, metadata, ...rest } = object;
  if (!apiVersion || !kind) throw new TypeError(`cannot store ${metadata.name}: apiVersion and kind must be set`);
  const { resourceVersion: _, managedFields: inline, ...meta } = metadata;
  if (inline !== undefined) throw new TypeError(`cannot store ${kind} ${metadata.name}: managedFields belong beside the object`);

  const head = `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},"metadata":${JSON.stringify(meta).slice(0, -1)},"resourceVersion":`;
  const tail = JSON.stringify(rest).slice(1);
  const body = `${head}${VERSION_PLACE}}${tail === '}' ? '' : ','}${tail}`;
  const header = JSON.stringify({
    a: apiVersion,
    k: kind,
    s: meta.namespace,
    n: meta.name,
    u: meta.uid,
    l: hasKeys(meta.labels) ? meta.labels : undefined,
    f: hasKeys(fields) ? fields : undefined,
    t: traceparent,
    d: meta.deletionTimestamp,
  } satisfies Header);
  return assemble(header, body, Buffer.byteLength(head), managedBytes(managedFields));
}

/**
 * Reads the header and fills the resourceVersion in, in place: the bytes then belong to the StoredObject. The body is
 * not parsed.
 */
export function decodeValue(bytes: Buffer, resourceVersion: number): StoredObject {
  if (bytes[0] !== FORMAT) {
    throw new StatusError(
      'StoreReadError',
      `stored value has format ${bytes[0]}, this release reads format ${FORMAT}: was the store written by a newer release?`,
    );
  }
  const headerEnd = PRELUDE_BYTES + bytes.readUInt32LE(1);
  const bodyEnd = headerEnd + bytes.readUInt32LE(5);
  const versionAt = bytes.readUInt32LE(9);
  const header = JSON.parse(bytes.toString('utf8', PRELUDE_BYTES, headerEnd)) as Header;
  const body = bytes.subarray(headerEnd, bodyEnd);
  fillVersion(body, versionAt, resourceVersion);
  return new StoredObject({
    header,
    body,
    versionAt,
    managedFields: bodyEnd < bytes.length ? bytes.subarray(bodyEnd) : undefined,
    resourceVersion,
  });
}

interface Parts {
  readonly header: Header;
  readonly body: Buffer;
  readonly versionAt: number;
  readonly managedFields: Buffer | undefined;
  readonly resourceVersion: number;
}

/** One version of an object as bytes, shared by the cache and everyone it is sent to: never written to. */
export class StoredObject {
  readonly resourceVersion: number;
  /** The object as JSON, without managedFields. */
  readonly body: Buffer;
  /** A JSON array. */
  readonly managedFields: Buffer | undefined;
  readonly #header: Header;
  readonly #versionAt: number;

  constructor({ header, body, versionAt, managedFields, resourceVersion }: Parts) {
    this.#header = header;
    this.#versionAt = versionAt;
    this.body = body;
    this.managedFields = managedFields;
    this.resourceVersion = resourceVersion;
  }

  get apiVersion(): string {
    return this.#header.a;
  }
  get kind(): string {
    return this.#header.k;
  }
  /** Undefined for cluster-scoped objects. */
  get namespace(): string | undefined {
    return this.#header.s;
  }
  get name(): string {
    return this.#header.n;
  }
  get uid(): string {
    return this.#header.u;
  }
  get labels(): Readonly<Record<string, string>> {
    return this.#header.l ?? NONE;
  }
  /** Selectable fields by field path, without metadata.name and metadata.namespace; see `field`. */
  get fields(): Readonly<Record<string, string>> {
    return this.#header.f ?? NONE;
  }
  /** W3C trace context of the write that made this version. */
  get traceparent(): string | undefined {
    return this.#header.t;
  }
  get deletionTimestamp(): string | undefined {
    return this.#header.d;
  }
  get sizeBytes(): number {
    return this.body.length + (this.managedFields?.length ?? 0);
  }

  /** Any selectable field; '' when it is not set. */
  field(path: string): string {
    if (path === 'metadata.name') return this.#header.n;
    if (path === 'metadata.namespace') return this.#header.s ?? '';
    return this.#header.f?.[path] ?? '';
  }

  /** Pieces that make up the object as JSON with managedFields: for writing without a copy. */
  fullParts(): readonly Buffer[] {
    if (!this.managedFields) return [this.body];
    const cut = this.#versionAt + VERSION_BYTES;
    return [this.body.subarray(0, cut), MANAGED_FIELDS, this.managedFields, this.body.subarray(cut)];
  }

  /** The object as JSON with managedFields. */
  full(): Buffer {
    return this.managedFields ? Buffer.concat(this.fullParts()) : this.body;
  }

  /** The same object under another resourceVersion: what a DELETED event carries. */
  withResourceVersion(resourceVersion: number): StoredObject {
    const body = Buffer.from(this.body);
    fillVersion(body, this.#versionAt, resourceVersion);
    return new StoredObject({ header: this.#header, body, versionAt: this.#versionAt, managedFields: this.managedFields, resourceVersion });
  }
}

function assemble(header: string, body: string, versionAt: number, managedFields: Buffer | undefined): Buffer {
  const headerBytes = Buffer.byteLength(header);
  const bodyBytes = Buffer.byteLength(body);
  const bytes = Buffer.allocUnsafeSlow(PRELUDE_BYTES + headerBytes + bodyBytes + (managedFields?.length ?? 0));
  bytes[0] = FORMAT;
  bytes.writeUInt32LE(headerBytes, 1);
  bytes.writeUInt32LE(bodyBytes, 5);
  bytes.writeUInt32LE(versionAt, 9);
  bytes.write(header, PRELUDE_BYTES);
  bytes.write(body, PRELUDE_BYTES + headerBytes);
  managedFields?.copy(bytes, PRELUDE_BYTES + headerBytes + bodyBytes);
  return bytes;
}

function fillVersion(body: Buffer, at: number, resourceVersion: number): void {
  body.write(`"${resourceVersion}"`.padEnd(VERSION_BYTES), at, 'latin1');
}

function managedBytes(managedFields: readonly unknown[] | Buffer | undefined): Buffer | undefined {
  if (Buffer.isBuffer(managedFields)) return managedFields.length > 0 ? managedFields : undefined;
  return managedFields && managedFields.length > 0 ? Buffer.from(JSON.stringify(managedFields)) : undefined;
}

const hasKeys = (record: Readonly<Record<string, string>> | undefined): boolean => record !== undefined && Object.keys(record).length > 0;
