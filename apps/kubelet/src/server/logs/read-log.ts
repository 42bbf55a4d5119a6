import { type FileHandle, open, stat } from 'node:fs/promises';
import { StatusError } from '@steersman/status';
import { LogFormatter } from './log-formatter.ts';
import type { LogOptions } from './log-options.ts';
import { tailOffset } from './tail-offset.ts';
import { watchLog } from './watch-log.ts';

const CHUNK_BYTES = 64 * 1024;

export interface LogSource {
  readonly logPath: string;
  /** Resolves when nothing more will be written. */
  readonly ended: Promise<void>;
}

/** Throws at once when there is no log; the text comes in pieces of any size. With `follow` it ends with the container. */
export async function openLog(source: LogSource, options: LogOptions, signal: AbortSignal): Promise<AsyncGenerator<Buffer>> {
  const file = await openFile(source.logPath);
  const offset = options.tailLines === undefined ? 0 : await tailOffset(file, options.tailLines);
  return textOf({ file, offset }, source, { options, signal });
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (err) {
    throw new StatusError('InternalError', `failed to open log file ${JSON.stringify(path)}: ${(err as Error).message}`, { cause: err });
  }
}

interface Reading {
  readonly options: LogOptions;
  readonly signal: AbortSignal;
}

async function* textOf(
  start: { readonly file: FileHandle; readonly offset: number },
  source: LogSource,
  { options, signal }: Reading,
): AsyncGenerator<Buffer> {
  const formatter = new LogFormatter(options);
  let { file, offset } = start;
  try {
    using watch = options.follow ? watchLog(source, signal) : undefined;
    for (;;) {
      // Asked before reading: what was written until the end, or into the old file until it was replaced, is read too.
      const isLast = watch === undefined || watch.ended;
      const next = watch && !isLast ? await replacement(file, source.logPath) : undefined;
      for await (const chunk of chunks(file, offset, signal)) {
        offset += chunk.length;
        const text = formatter.push(chunk);
        if (text.length > 0) yield text;
        if (formatter.done) return;
      }
      if (next !== undefined) {
        await file.close();
        file = next;
        offset = 0;
        formatter.restart();
      } else if (isLast) {
        yield formatter.end();
        return;
      } else {
        await watch.changed();
        if ((await file.stat()).size < offset) offset = 0; // emptied in place
      }
    }
  } finally {
    await file.close();
  }
}

async function* chunks(file: FileHandle, from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let offset = from; ;) {
    signal.throwIfAborted();
    const block = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(block, 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) return;
    offset += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}

/** The file that is now at `path`, when it is not `file`: the log was rotated. */
async function replacement(file: FileHandle, path: string): Promise<FileHandle | undefined> {
  const [ours, current] = await Promise.all([file.stat(), statOrNothing(path)]);
  return current === undefined || current.ino === ours.ino ? undefined : openFile(path);
}

async function statOrNothing(path: string): Promise<{ readonly ino: number } | undefined> {
  try {
    return await stat(path);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // renamed away, and not made again yet
    throw err;
  }
}
