import { mkdir, open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { StatusError } from '@steersman/status';
import { type Logger, silentLogger } from '@steersman/telemetry';
import { LmdbStore } from './lmdb-store.ts';
import { lockDirectory } from './lock-directory.ts';
import { Reserve } from './reserve.ts';
import { Tables } from './tables.ts';

const FORMAT = 'steersman-store 1';
const FORMAT_KEY = Buffer.from('format');
const FORMAT_TABLE = { name: 'format', encoding: 'binary', keyEncoding: 'binary' } as const;
const RESERVE_BYTES = 64 * 1024 * 1024;
/** Address space, not memory; the file grows beyond it when it must. */
const MAP_BYTES = 4 * 1024 * 1024 * 1024;
/**
 * LMDB's two meta pages, at 0 and at the page size: after the page header (24 bytes) magic 4, version 4, address 8, map
 * size 8, two table records of 48 (the first begins with the page size), last page 8, transaction 8.
 */
const META = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152, end: 160 } as const;
const META_MAGIC = 0xbeefc0de;
const PAGE_BYTES = { min: 512, max: 65_536 } as const;

export interface LmdbStoreOptions {
  /** Made when it is not there; one process at a time may use it. */
  readonly dir: string;
  readonly log?: Logger;
  /** Disk space kept back so that deletes work on a full disk; 64 MB unless told. */
  readonly reserveBytes?: number;
}

/** Throws StatusError when the directory is in use, or holds something that is not a store this release reads. */
export async function openLmdbStore({ dir, log = silentLogger, reserveBytes = RESERVE_BYTES }: LmdbStoreOptions): Promise<LmdbStore> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(dir);
  try {
    const tables = await openTables(dir);
    const reserve = new Reserve({ dir, sizeBytes: reserveBytes, log });
    reserve.start();
    return new LmdbStore({ tables, reserve, release: lock.release });
  } catch (err) {
    await lock.release();
    throw err;
  }
}

async function openTables(dir: string): Promise<Tables> {
  const file = join(dir, 'data.mdb');
  const state = await prepareFile(file);
  const env = openEnvironment(file, dir);
  try {
    await checkFormat(env, { file, isNew: state === 'new' });
    const tables = new Tables(env);
    if (state === 'short' && !isReadable(tables)) throw damaged(file, 'it was cut short');
    return tables;
  } catch (err) {
    await env.close();
    throw err instanceof StatusError ? err : damaged(file, messageOf(err), err);
  }
}

function openEnvironment(file: string, dir: string): RootDatabase<Buffer, Buffer> {
  try {
    return open<Buffer, Buffer>({
      path: dir,
      noSubdir: false,
      maxDbs: 8,
      mapSize: MAP_BYTES,
      // A commit is over, and seen, only when it is synced.
      overlappingSync: false,
      // We batch ourselves; lmdb's own batches end in a promise that nobody can handle when a commit fails.
      eventTurnBatching: false,
      encoding: 'binary',
      keyEncoding: 'binary',
    });
  } catch (err) {
    throw damaged(file, messageOf(err), err);
  }
}

async function checkFormat(
  env: RootDatabase<Buffer, Buffer>,
  { file, isNew }: { readonly file: string; readonly isNew: boolean },
): Promise<void> {
  if (isNew) {
    await env.openDB<Buffer, Buffer>(FORMAT_TABLE).put(FORMAT_KEY, Buffer.from(FORMAT));
    return;
  }
  // LMDB ends the names of its tables with a zero.
  const names = [...env.getKeys()].map(name => name.toString().replace('\0', ''));
  const format = names.includes(FORMAT_TABLE.name) ? env.openDB<Buffer, Buffer>(FORMAT_TABLE).get(FORMAT_KEY)?.toString() : undefined;
  if (format === FORMAT) return;
  // A crash right after the file was made leaves it empty.
  if (names.length === 0) return checkFormat(env, { file, isNew: true });
  if (format?.startsWith('steersman-store ')) {
    throw new StatusError(
      'StoreReadError',
      `store file ${file} has the format '${format}', this release reads '${FORMAT}': run the release that wrote it, or restore a backup`,
    );
  }
  throw damaged(file, 'it belongs to another program');
}

/**
 * LMDB maps the file, so reading beyond its end would kill the process instead of failing. A file may rightly end before
 * the last page LMDB counts (pages it never used), so a short one is filled up with zeros, and read through once it is open.
 */
async function prepareFile(path: string): Promise<'new' | 'whole' | 'short'> {
  try {
    await using file = await openFile(path, 'r+');
    const { size } = await file.stat();
    if (size === 0) return 'new';
    const head = Buffer.alloc(PAGE_BYTES.max + META.end);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const neededBytes = countedBytes(head.subarray(0, bytesRead));
    if (neededBytes === undefined) throw damaged(path, 'it is not a store file');
    if (size >= neededBytes) return 'whole';
    await file.truncate(neededBytes);
    return 'short';
  } catch (err) {
    if (err instanceof StatusError) throw err;
    if (isMissing(err)) return 'new';
    throw new StatusError('StoreReadError', `cannot read store file ${path}: ${messageOf(err)}`, { cause: err });
  }
}

/** Up to the end of the last page of the newer meta page; undefined when there are no meta pages. */
function countedBytes(head: Buffer): number | undefined {
  if (head.length < META.end || head.readUInt32LE(META.magic) !== META_MAGIC) return undefined;
  const pageSize = head.readUInt32LE(META.pageSize);
  if (pageSize < PAGE_BYTES.min || pageSize > PAGE_BYTES.max || head.length < pageSize + META.end) return undefined;
  const second = head.subarray(pageSize);
  const newer = second.readBigUInt64LE(META.transaction) > head.readBigUInt64LE(META.transaction) ? second : head;
  return (Number(newer.readBigUInt64LE(META.lastPage)) + 1) * pageSize;
}

/** True when every key leads to its newest version. */
function isReadable(tables: Tables): boolean {
  try {
    for (const { key, entry } of tables.entries(Buffer.from([0]), Buffer.from([0xff]))) {
      if (tables.row(entry.mod)?.key !== key) return false;
    }
    return true;
  } catch {
    return false;
  }
}

const messageOf = (err: unknown): string => (err instanceof Error ? err.message : String(err));

const damaged = (file: string, what: string, cause?: unknown): StatusError =>
  new StatusError('StoreReadError', `store file ${file} cannot be used: ${what}; move it away to start empty, or restore a backup`, {
    cause,
  });

const isMissing = (err: unknown): boolean => typeof err === 'object' && err !== null && 'code' in err && err.code === 'ENOENT';
