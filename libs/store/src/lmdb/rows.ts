import type { KeyValue } from '../store.ts';

/** Where a key stands now. `version` 0 marks a deleted key, kept until its delete is compacted. */
export interface IndexEntry {
  readonly mod: number;
  readonly create: number;
  readonly version: number;
}

/** One change of one key. `previous` is the revision of the change before it, 0 when there was none. */
export interface LogRow extends IndexEntry {
  readonly key: string;
  readonly previous: number;
  /** Undefined on a delete. */
  readonly value: Buffer | undefined;
}

const REVISION_BYTES = 8;
const INDEX_BYTES = 20;
const ROW_HEAD_BYTES = 23;
const DELETED = 1;

export function revisionKey(revision: number): Buffer {
  const bytes = Buffer.allocUnsafe(REVISION_BYTES);
  writeRevision(bytes, 0, revision);
  return bytes;
}

export const readRevision = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);

function writeRevision(bytes: Buffer, at: number, revision: number): void {
  bytes.writeUInt32BE(Math.floor(revision / 0x1_0000_0000), at);
  bytes.writeUInt32BE(revision >>> 0, at + 4);
}

/** mod, create: 8 bytes big-endian; version: 4. */
export function encodeIndex({ mod, create, version }: IndexEntry): Buffer {
  const bytes = Buffer.allocUnsafe(INDEX_BYTES);
  writeRevision(bytes, 0, mod);
  writeRevision(bytes, 8, create);
  bytes.writeUInt32BE(version, 16);
  return bytes;
}

export const decodeIndex = (bytes: Buffer): IndexEntry => ({
  mod: readRevision(bytes, 0),
  create: readRevision(bytes, 8),
  version: bytes.readUInt32BE(16),
});

/** flags: 1 byte; previous, create: 8; version: 4; length of the key: 2; key; value. */
export function encodeRow({ key, previous, create, version, value }: Omit<LogRow, 'mod'>): Buffer {
  const keyBytes = Buffer.byteLength(key);
  const bytes = Buffer.allocUnsafe(ROW_HEAD_BYTES + keyBytes + (value?.length ?? 0));
  bytes[0] = value ? 0 : DELETED;
  writeRevision(bytes, 1, previous);
  writeRevision(bytes, 9, create);
  bytes.writeUInt32BE(version, 17);
  bytes.writeUInt16BE(keyBytes, 21);
  bytes.write(key, ROW_HEAD_BYTES);
  value?.copy(bytes, ROW_HEAD_BYTES + keyBytes);
  return bytes;
}

export function decodeRow(mod: number, bytes: Buffer): LogRow {
  const valueAt = ROW_HEAD_BYTES + bytes.readUInt16BE(21);
  return {
    mod,
    previous: readRevision(bytes, 1),
    create: readRevision(bytes, 9),
    version: bytes.readUInt32BE(17),
    key: bytes.toString('utf8', ROW_HEAD_BYTES, valueAt),
    value: bytes[0] === DELETED ? undefined : bytes.subarray(valueAt),
  };
}

/** mod, create, version as in the index, then the value. */
export const encodeInternal = (kv: KeyValue): Buffer =>
  Buffer.concat([encodeIndex({ mod: kv.modRevision, create: kv.createRevision, version: kv.version }), kv.value]);

export function decodeInternal(key: string, bytes: Buffer): KeyValue {
  const { mod, create, version } = decodeIndex(bytes);
  return { key, value: bytes.subarray(INDEX_BYTES), createRevision: create, modRevision: mod, version };
}

/** Undefined for a delete. */
export const rowToKeyValue = ({ key, value, create, mod, version }: LogRow): KeyValue | undefined =>
  value && { key, value, createRevision: create, modRevision: mod, version };
