import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../cluster/layout.ts';
import { writePrivate } from '@steersman/pki';

/**
 * After a reboot the runtime's notes of running containers are all wrong; others keep them in /run, which is empty by then. What must
 * last (images, what is known of pods) is elsewhere.
 */
export function forgetLastBoot(layout: Layout, bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')): void {
  const file = join(layout.run, 'boot');
  if (existsSync(file) && readFileSync(file, 'utf8') === bootId) return;
  for (const dir of [layout.containerdState, join(layout.containerd, 'runc')]) rmSync(dir, { recursive: true, force: true });
  writePrivate(file, bootId);
}
