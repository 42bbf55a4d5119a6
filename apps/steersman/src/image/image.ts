import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { closest, ConfigError, type ConfigOf } from '@steersman/config';
import { chooseCluster, stateOf } from '../cluster/choose-cluster.ts';
import type { Layout } from '../cluster/layout.ts';
import type { Context } from '../command/context.ts';
import type { imageSettings } from '../command/settings.ts';
import { UserError } from '../command/user-error.ts';
import { containerdCli } from './containerd-cli.ts';

export interface ImageRequest {
  readonly config: ConfigOf<typeof imageSettings>;
  readonly operands: readonly string[];
}

const VERBS = ['import', 'ls'] as const;

/** `image import FILE...` and `image ls`, on the cluster's own containerd. */
export async function image({ config, operands }: ImageRequest, context: Context): Promise<void> {
  const [verb, ...files] = operands;
  if (verb !== 'import' && verb !== 'ls') {
    const near = closest(verb ?? '', VERBS);
    throw new ConfigError([
      verb === undefined ? `say what to do: ${VERBS.join(' or ')}` : `unknown "image ${verb}"${near ? `; did you mean ${near}?` : ''}`,
    ]);
  }
  const chosen = chooseCluster(config, context.registry);
  stateOf(chosen, context.registry);
  if (!existsSync(chosen.layout.containerdSocket))
    throw new UserError(`cluster "${chosen.name}" is down`, { hint: 'bring it up first: steersman up' });
  if (verb === 'ls') return await listImages(chosen.layout, context);
  if (files.length === 0) throw new ConfigError(['image import: name the archives to import']);
  for (const file of files) await importImage(chosen.layout, resolve(file), context);
}

async function importImage(layout: Layout, file: string, { steps, signal }: Context): Promise<void> {
  if (!existsSync(file)) throw new UserError(`${file} does not exist`, { hint: 'image import takes OCI and Docker archives' });
  await steps.run(
    'import',
    () => containerdCli(layout, ['images', 'import', file], signal),
    said => importedNames(said).join(', ') || file,
  );
}

/** `unpacking docker.io/library/x:1 (sha256:...)...done` */
const importedNames = (said: string): readonly string[] => [...said.matchAll(/^unpacking (\S+)/gm)].map(([, name = '']) => name);

async function listImages(layout: Layout, { out, signal }: Context): Promise<void> {
  const { connectCri } = await import('@steersman/cri'); // gRPC takes a while to load
  const { silentLogger } = await import('@steersman/telemetry');
  using cri = connectCri({ endpoint: `unix://${layout.containerdSocket}`, log: silentLogger });
  const rows = (await cri.listImages(undefined, { signal }))
    .flatMap(({ repoTags, size, id }) =>
      repoTags.map(tag => ({ tag, size: megabytes(Number(size)), id: id.replace('sha256:', '').slice(0, 12) })),
    )
    .sort((a, b) => (a.tag < b.tag ? -1 : 1));
  const width = Math.max(5, ...rows.map(({ tag }) => tag.length)) + 2;
  out.print(
    [
      `${'IMAGE'.padEnd(width)}${'SIZE'.padEnd(10)}ID`,
      ...rows.map(({ tag, size, id }) => `${tag.padEnd(width)}${size.padEnd(10)}${id}`),
    ].join('\n'),
  );
}

const megabytes = (bytes: number): string => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
