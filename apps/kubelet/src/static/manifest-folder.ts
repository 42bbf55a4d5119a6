import { watch } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@steersman/async';
import type { Logger } from '@steersman/telemetry';
import type { Pod } from '@steersman/types';
import { Wakeup } from '../pods/wakeup.ts';
import { messageOf } from '../start-error.ts';
import { timeText } from '../times.ts';
import { staticPod } from './static-pod.ts';

/** Editors and network file systems do things no watch tells of. */
const LOOK_MS = 20_000;
/** A file that is being written is left alone for so long. */
const SETTLE_MS = 50;

export interface ManifestFolderDeps {
  readonly folder: string;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** All static pods, whenever they have changed. */
  readonly onPods: (pods: readonly Pod[]) => void;
}

/** Reads static pods from a folder of manifests until `signal` aborts; a broken file counts for nothing and harms no other. */
export async function watchManifests(deps: ManifestFolderDeps, signal: AbortSignal): Promise<void> {
  const { folder, clock, onPods } = deps;
  await mkdir(folder, { recursive: true });
  const wakeup = new Wakeup(clock);
  const known = new Map<string, { readonly text: string; readonly pod: Pod | undefined }>();
  const watcher = watch(folder, { signal }, () => wakeup.call());
  watcher.on('error', () => wakeup.call()); // the folder itself went: seen at the next look
  let before = '';
  while (!signal.aborted) {
    const pods = await readFolder(deps, known);
    const now = pods.map(({ metadata }) => metadata.uid).join();
    if (now !== before || before === '') onPods(pods);
    before = now;
    await wakeup.sleep(LOOK_MS, signal);
    await clock.sleep(SETTLE_MS, signal).catch(() => {}); // the loop ends with the signal
  }
}

async function readFolder(
  { folder, nodeName, clock, log }: ManifestFolderDeps,
  known: Map<string, { readonly text: string; readonly pod: Pod | undefined }>,
): Promise<readonly Pod[]> {
  const names = (await readdir(folder).catch(() => [])).filter(name => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.')).sort();
  for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
  for (const name of names) {
    const file = join(folder, name);
    const text = await readFile(file, 'utf8').catch(() => ''); // gone since the list
    if (known.get(name)?.text === text) continue;
    try {
      const pod = staticPod(text, { origin: file, source: 'file', nodeName, seen: timeText(clock.wall()) });
      known.set(name, { text, pod });
      log.info('static pod read', { file, pod: pod.metadata.name });
    } catch (err) {
      known.set(name, { text, pod: undefined });
      log.error('a static pod manifest cannot be used', { file, why: messageOf(err) });
    }
  }
  return names.flatMap(name => known.get(name)?.pod ?? []);
}
