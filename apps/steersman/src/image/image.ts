import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { closest, ConfigError, type ConfigOf } from '@steersman/config';
import { chooseCluster, stateOf } from '../cluster/choose-cluster.ts';
import type { Layout } from '../cluster/layout.ts';
import { readState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import type { imageSettings } from '../command/settings.ts';
import { UserError } from '../command/user-error.ts';
import { nodeLayout } from '../components/plan-node.ts';
import { containerdCli } from './containerd-cli.ts';

export interface ImageRequest {
  readonly config: ConfigOf<typeof imageSettings>;
  readonly operands: readonly string[];
}

const VERBS = ['import', 'ls', 'build'] as const;

/** `image import FILE...`, `image ls` and `image build`, on the cluster's own containerd. */
export async function image({ config, operands }: ImageRequest, context: Context): Promise<void> {
  const [word, ...files] = operands;
  const verb = VERBS.find(known => known === word);
  if (!verb) {
    const near = closest(word ?? '', VERBS);
    const hint = near === undefined ? `; there are ${VERBS.join(', ')}` : `; did you mean ${near}?`;
    throw new ConfigError([word === undefined ? `image: say what to do: ${VERBS.join(', ')}` : `unknown "image ${word}"${hint}`]);
  }
  if (verb === 'import' && files.length === 0) throw new ConfigError(['image import: name the archives to import']);
  if (verb === 'build') return await build({ config, operands: files }, context);
  const layout = runningCluster(config, context);
  if (verb === 'ls') return await listImages(layout, context);
  for (const file of files) await importImage(layout, resolve(file), context);
}

function runningCluster(config: ImageRequest['config'], { registry }: Context): Layout {
  const chosen = chooseCluster(config, registry);
  stateOf(chosen, registry);
  if (existsSync(chosen.layout.containerdSocket)) return chosen.layout;
  throw new UserError(`cluster "${chosen.name}" is down`, { hint: 'bring it up first: steersman up' });
}

async function build({ config, operands }: ImageRequest, context: Context): Promise<void> {
  const { tag, from, packages, command, env, output } = config;
  const problems = [
    ...(/^[^:@\s]+[^@\s]*:[\w][\w.-]*$/.test(tag) ? [] : [`--tag: "${tag}" is not a name with a tag, such as example.io/box:1`]),
    ...(from !== '' && !existsSync(from) ? [`--from: ${from} does not exist`] : []),
    ...operands.map(word => `unexpected argument "${word}": image build takes flags only`),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const wanted = { name: tag, folder: from === '' ? undefined : from, packages, config: { Cmd: command, Env: env } };
  const { buildImage } = await import('./build-image.ts');
  const archive = await context.steps.run(
    'build',
    () => buildImage(wanted, context.signal),
    ({ length }) => megabytes(length),
  );
  if (output !== '') return writeFileSync(output, archive);
  const layout = runningCluster(config, context);
  const scratch = join(layout.run, 'build.tar');
  try {
    writeFileSync(scratch, archive);
    await importImage(layout, scratch, context);
  } finally {
    rmSync(scratch, { force: true });
  }
}

async function importImage(layout: Layout, file: string, { steps, signal }: Context): Promise<void> {
  if (!existsSync(file)) throw new UserError(`${file} does not exist`, { hint: 'image import takes OCI and Docker archives' });
  const running = [layout, ...(readState(layout.dataDir)?.nodes ?? []).map(({ name }) => nodeLayout(layout, name))].filter(files =>
    existsSync(files.containerdSocket),
  );
  await steps.run(
    'import',
    async () => {
      const said = await Promise.all(running.map(files => containerdCli(files, ['images', 'import', file], signal)));
      return said[0] ?? '';
    },
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
