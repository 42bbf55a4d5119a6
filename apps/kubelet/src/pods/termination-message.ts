import { open } from 'node:fs/promises';
import type { ContainerStatus } from '@steersman/cri';
import type { Container } from '@steersman/types';
import { terminationMessageFile } from './start-container.ts';

/** Upstream's limits: of a message file, and of the log that stands in for it. */
const MESSAGE_BYTES = 4096;
const LOG_BYTES = 2048;
const LOG_LINES = 80;
/** Of the log file, whose lines carry a time and a stream each: enough for what is asked of its end. */
const LOG_READ_BYTES = 16_384;

/** What a container that has ended left behind: its message file, or the end of its log where its policy says so. */
export async function terminationMessage(
  status: Pick<ContainerStatus, 'metadata' | 'exitCode' | 'logPath'>,
  { folder, container }: { readonly folder: string; readonly container: Container | undefined },
): Promise<string | undefined> {
  const { name, attempt } = status.metadata;
  const written = await read(terminationMessageFile(folder, name, attempt), { bytes: MESSAGE_BYTES, from: 'start' });
  if (written) return written;
  if (container?.terminationMessagePolicy !== 'FallbackToLogsOnError' || status.exitCode === 0) return undefined;
  const lines = (await read(status.logPath, { bytes: LOG_READ_BYTES, from: 'end' })).split('\n').map(textOf);
  return lines.slice(-LOG_LINES).join('\n').slice(-LOG_BYTES) || undefined;
}

/** `<time> <stream> <tag> <text>`: the CRI log format. */
const textOf = (line: string): string => line.split(' ').slice(3).join(' ');

async function read(path: string, { bytes, from }: { readonly bytes: number; readonly from: 'start' | 'end' }): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(bytes, size));
    await file.read(buffer, 0, buffer.length, from === 'start' ? 0 : size - buffer.length);
    return buffer.toString('utf8');
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw err;
  }
}
