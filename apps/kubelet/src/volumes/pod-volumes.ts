import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeAllocatable } from '@steersman/pods';
import { type Pod, quantityValue, type Volume } from '@steersman/types';
import type { PodObjects } from '../pods/pod-objects.ts';
import { messageOf } from '../start-error.ts';
import { writeAtomically } from './atomic-writer.ts';
import { giveToGroup } from './give-to-group.ts';
import { hostPathOf } from './host-path.ts';
import type { Mounter } from './mounts.ts';
import { isWritten, volumeFiles } from './volume-files.ts';

export interface VolumesDeps {
  /** The pod's folder. */
  readonly folder: string;
  /** The pod's folder in memory. */
  readonly memoryFolder: string;
  readonly mounter: Mounter;
  readonly objects: PodObjects;
  readonly allocatable: NodeAllocatable;
}

/** A volume that could not be made; the message is that of a FailedMount event. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/** Where each volume of the pod is on the node, made and filled; called again, it brings written files up to date. */
export async function mountVolumes(pod: Pod, deps: VolumesDeps): Promise<ReadonlyMap<string, string>> {
  const paths = await Promise.all(
    (pod.spec.volumes ?? []).map(async volume => {
      try {
        return [volume.name, await mountVolume(volume, pod, deps)] as const;
      } catch (err) {
        throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${messageOf(err)}`, { cause: err });
      }
    }),
  );
  return new Map(paths);
}

/** Unmounts everything in the pod's folder, whatever made it, and removes what the volumes held. */
export async function unmountVolumes({
  folder,
  memoryFolder,
  mounter,
}: Pick<VolumesDeps, 'folder' | 'memoryFolder' | 'mounter'>): Promise<void> {
  for (const mount of mounter.below(folder)) await mounter.unmount(mount);
  await rm(volumesFolder(folder), { recursive: true, force: true });
  await rm(memoryFolder, { recursive: true, force: true });
}

async function mountVolume(volume: Volume, pod: Pod, deps: VolumesDeps): Promise<string> {
  const { folder, memoryFolder, mounter } = deps;
  const group = pod.spec.securityContext?.fsGroup;
  if (volume.hostPath) return await hostPathOf(volume.hostPath);
  const path = join(volumesFolder(holdsSecrets(volume) ? memoryFolder : folder), pluginOf(volume), volume.name);
  if (volume.emptyDir) return await mountEmptyDir(path, volume.emptyDir, { mounter, group });
  if (!isWritten(volume)) throw new Error(`volumes of type ${typeOf(volume)} are not supported on this node`);
  const files = await volumeFiles(volume, { ...deps, pod });
  await writeAtomically(path, files, group);
  return path;
}

async function mountEmptyDir(
  path: string,
  { medium, sizeLimit }: NonNullable<Volume['emptyDir']>,
  { mounter, group }: { readonly mounter: Mounter; readonly group: number | undefined },
): Promise<string> {
  const made = await mkdir(path, { recursive: true });
  const isToMount = medium === 'Memory' && !mounter.below(path).includes(path);
  if (isToMount) await mounter.tmpfs(path, { sizeBytes: quantityValue(sizeLimit) });
  if (made !== undefined || isToMount) await chmod(path, 0o777); // afterwards the containers decide
  if (group !== undefined) await giveToGroup(path, group);
  return path;
}

const volumesFolder = (folder: string): string => join(folder, 'volumes');

const typeOf = (volume: Volume): string => Object.keys(volume).find(key => key !== 'name') ?? 'unknown';

/** Upstream's folder names. */
const pluginOf = (volume: Volume): string => `kubernetes.io~${typeOf(volume).replace(/[A-Z]+/g, upper => `-${upper.toLowerCase()}`)}`;

/** Secrets never touch a disk. */
const holdsSecrets = ({ secret, projected }: Volume): boolean =>
  secret !== undefined || (projected?.sources ?? []).some(source => source.secret ?? source.serviceAccountToken);
