import { mkdir } from 'node:fs/promises';
import type { Mounter } from './mounts.ts';

/**
 * Secrets live in one file system in memory, made when the kubelet starts and found again by the next: a mount for each
 * volume would cost every pod the start of a process. Only root may look into it; containers see their own volumes by bind mounts.
 */
export async function ensureMemoryFolder(folder: string, mounter: Mounter): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!mounter.below(folder).includes(folder)) await mounter.tmpfs(folder, { mode: '0700' });
}
