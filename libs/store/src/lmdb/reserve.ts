import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { StatusError } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';

const CHUNK_BYTES = 1024 * 1024;
/** How often a full store looks for space. */
const LOOK_EVERY_MS = 2_000;

export interface ReserveOptions {
  readonly dir: string;
  readonly sizeBytes: number;
  readonly log: Logger;
}

/**
 * Disk space kept back in a file of its own, given up when the disk is full: then deletes, which LMDB writes as new
 * pages too, still work, and everything else is refused until there is space again.
 */
export class Reserve {
  readonly #path: string;
  readonly #dir: string;
  readonly #sizeBytes: number;
  readonly #log: Logger;
  #making: Promise<boolean> | undefined;
  #spent = false;
  #freedBytes = 0;
  #lookedAt = 0;

  constructor({ dir, sizeBytes, log }: ReserveOptions) {
    this.#dir = dir;
    this.#path = join(dir, 'reserve');
    this.#sizeBytes = sizeBytes;
    this.#log = log;
  }

  /** True while the disk counts as full. */
  get spent(): boolean {
    return this.#spent;
  }

  /** Makes the file in the background, unless it is there. */
  start(): void {
    this.#making ??= this.#make();
  }

  /** Gives the space up if `err` says that the disk is full and there is space to give; then the failed work is worth another try. */
  async spend(err: unknown): Promise<boolean> {
    if (this.#spent || !(isDiskFull(err) || (isShortWrite(err) && (await freeBytes(this.#dir)) < this.#sizeBytes))) return false;
    this.#spent = true;
    this.#freedBytes = 0;
    this.#lookedAt = performance.now();
    await this.#making;
    await rm(this.#path, { force: true });
    this.#log.error('disk is full: the store takes only deletes until there is space', { dir: this.#dir });
    return true;
  }

  /** True when the store takes everything again: there is space on the disk, or as much inside the store's file. */
  async restore(): Promise<boolean> {
    if (!this.#spent) return true;
    if (performance.now() - this.#lookedAt < LOOK_EVERY_MS) return false;
    this.#lookedAt = performance.now();
    if (this.#freedBytes < 2 * this.#sizeBytes && (await freeBytes(this.#dir)) < 2 * this.#sizeBytes) return false;
    this.#spent = false;
    this.#making = this.#make();
    this.#log.info('the store takes everything again', { dir: this.#dir });
    return true;
  }

  /** Compaction made this much of the store's file free for new values. */
  freed(bytes: number): void {
    this.#freedBytes += bytes;
  }

  fullError(): StatusError {
    return new StatusError(
      'ServiceUnavailable',
      `the disk of the store ${this.#dir} is full: only deletes are possible until there are ${Math.ceil((2 * this.#sizeBytes) / CHUNK_BYTES)} MB free; free space or delete objects`,
    );
  }

  async settled(): Promise<void> {
    await this.#making;
  }

  async #make(): Promise<boolean> {
    try {
      await using file = await open(this.#path, 'a');
      let { size } = await file.stat();
      const zeros = Buffer.alloc(CHUNK_BYTES);
      while (size < this.#sizeBytes) size += (await file.write(zeros, 0, Math.min(CHUNK_BYTES, this.#sizeBytes - size))).bytesWritten;
      return true;
    } catch (err) {
      this.#log.warn('no disk space could be kept back: deletes may fail when the disk is full', { path: this.#path, error: err });
      return false;
    }
  }
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** Numbers as in errno(3): LMDB gives those, Node gives names. */
const FULL: readonly unknown[] = ['ENOSPC', 28, 'EDQUOT', 122];
/** What LMDB makes of a write that wrote less than asked, which is how most file systems first say that they are full. */
const SHORT_WRITE: readonly unknown[] = ['EIO', 5];

const codeOf = (err: unknown): unknown => (typeof err === 'object' && err !== null && 'code' in err ? err.code : undefined);
const isDiskFull = (err: unknown): boolean => FULL.includes(codeOf(err));
const isShortWrite = (err: unknown): boolean => SHORT_WRITE.includes(codeOf(err));
