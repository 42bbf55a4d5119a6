import { mkdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Mount } from '@steersman/cri';
import { expand } from '@steersman/pods';
import type { Container } from '@steersman/types';
import { StartError } from '../start-error.ts';

const PROPAGATION = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const;

/** The volumes of a container; a subPath that does not exist is made, one that leads out of its volume is refused. */
export async function volumeMounts(
  { volumeMounts: wanted = [] }: Container,
  volumes: ReadonlyMap<string, string>,
  variables: ReadonlyMap<string, string>,
): Promise<Mount[]> {
  return await Promise.all(
    wanted.map(async ({ name, mountPath, readOnly = false, subPath, subPathExpr, mountPropagation = 'None' }) => {
      const volume = volumes.get(name);
      if (volume === undefined) throw new StartError('CreateContainerConfigError', `the pod has no volume "${name}"`);
      const below = subPathExpr === undefined ? subPath : expand(subPathExpr, variables);
      return {
        containerPath: mountPath.startsWith('/') ? mountPath : `/${mountPath}`,
        hostPath: below ? await subPathOf(volume, below) : volume,
        readonly: readOnly,
        propagation: PROPAGATION[mountPropagation as keyof typeof PROPAGATION] ?? 'PROPAGATION_PRIVATE',
      };
    }),
  );
}

async function subPathOf(volume: string, subPath: string): Promise<string> {
  const path = join(volume, subPath);
  await mkdir(path, { recursive: true, mode: 0o750 }).catch((err: NodeJS.ErrnoException) => {
    if (err.code !== 'EEXIST') throw err; // a single file
  });
  const [real, root] = await Promise.all([realpath(path), realpath(volume)]);
  if (real !== root && !real.startsWith(root + sep)) {
    throw new StartError('CreateContainerConfigError', `failed to prepare subPath for volumeMount: "${subPath}" leads out of its volume`);
  }
  return real;
}
