import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { architectureOf, ociArchive, tar } from '@steersman/cri/images';
import type { Layout } from '../cluster/layout.ts';
import { containerdCli } from './containerd-cli.ts';
import { pauseProgram } from './pause-program.ts';

/** What containerd starts for each pod before its containers. */
export const SANDBOX_IMAGE = 'steersman.io/pause:1';

/** Puts it into the cluster's containerd, where it stays. */
export async function ensureSandboxImage(layout: Layout, signal: AbortSignal): Promise<void> {
  const architecture = architectureOf(process.arch);
  const archive = ociArchive({
    name: SANDBOX_IMAGE,
    layer: tar([{ name: 'pause', mode: 0o755, data: pauseProgram(architecture) }]),
    architecture,
    config: { Entrypoint: ['/pause'] },
  });
  const digest = createHash('sha256').update(archive).digest('hex');
  const [file, stamp] = [join(layout.containerd, 'pause.tar'), join(layout.containerdRoot, 'steersman-pause')];
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  mkdirSync(layout.containerdRoot, { recursive: true });
  writeFileSync(file, archive);
  await containerdCli(layout, ['images', 'import', '--digests', file], signal);
  writeFileSync(stamp, digest);
}
