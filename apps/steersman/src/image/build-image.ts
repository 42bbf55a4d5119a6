import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureOf, type ImageConfig, ociArchive, tar, type TarEntry } from '@steersman/cri/images';
import { UserError } from '../command/user-error.ts';
import { run } from '../machine/run.ts';

const DOWNLOAD_MS = 300_000;

export interface Build {
  readonly name: string;
  /** Its content is the image's root. */
  readonly folder: string | undefined;
  /** Of Debian; what they depend on comes along. */
  readonly packages: readonly string[];
  readonly config: ImageConfig;
}

/** An OCI archive from a folder, Debian packages, or both: the folder's files win. */
export async function buildImage({ name, folder, packages, config }: Build, signal: AbortSignal): Promise<Buffer> {
  const scratch = mkdtempSync(join(tmpdir(), 'steersman-image-'));
  try {
    const unpacked = packages.length > 0 ? await unpack(packages, scratch, signal) : undefined;
    const basics = packages.length > 0 ? debianBasics() : [];
    const found = [unpacked, folder].flatMap(root => (root === undefined ? [] : entriesOf(root, '')));
    const entries = new Map([...basics, ...found].map(entry => [entry.name, entry]));
    if (entries.size === 0) throw new UserError('an image needs files', { hint: 'give --from FOLDER, --packages A,B or both' });
    return ociArchive({ name, layer: tar([...entries.values()]), architecture: architectureOf(process.arch), config });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function unpack(packages: readonly string[], scratch: string, signal: AbortSignal): Promise<string> {
  chmodSync(scratch, 0o777); // apt downloads as a user of its own
  const root = join(scratch, 'root');
  try {
    const all = await withDependencies(packages, signal);
    await run('sh', ['-c', 'cd "$0" && apt-get download -qq "$@"', scratch, ...all], { signal, limitMs: DOWNLOAD_MS });
  } catch (err) {
    throw new UserError(`these packages could not be fetched: ${packages.join(', ')}`, { hint: 'try: apt-get update', cause: err });
  }
  for (const file of readdirSync(scratch).filter(entry => entry.endsWith('.deb')))
    await run('dpkg', ['-x', join(scratch, file), root], { signal });
  return root;
}

/** What Debian's base-passwd makes when it is installed; packages are only unpacked here, and their programs ask for these users. */
function debianBasics(): readonly TarEntry[] {
  const master = (name: string): Buffer => readFileSync(`/usr/share/base-passwd/${name}.master`);
  return [
    { name: 'etc/', mode: 0o755 },
    { name: 'etc/passwd', mode: 0o644, data: master('passwd') },
    { name: 'etc/group', mode: 0o644, data: master('group') },
    { name: 'tmp/', mode: 0o1777 },
  ];
}

/** Names stand at the start of a line; `<virtual>` ones are of no file. */
async function withDependencies(packages: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const not = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(kind => `--no-${kind}`);
  const said = await run('apt-cache', ['depends', '--recurse', ...not, ...packages], { signal });
  return [...new Set(said.split('\n').filter(line => /^[a-z0-9]/.test(line)))];
}

/** Devices, sockets and pipes have no place in an image. */
function entriesOf(root: string, below: string): readonly TarEntry[] {
  return readdirSync(join(root, below))
    .sort()
    .flatMap(entry => {
      const [name, file] = [join(below, entry), join(root, below, entry)];
      const facts = lstatSync(file);
      const mode = facts.mode & 0o7777;
      if (facts.isDirectory()) return [{ name: `${name}/`, mode }, ...entriesOf(root, name)];
      if (facts.isSymbolicLink()) return [{ name, mode: 0o777, link: readlinkSync(file) }];
      return facts.isFile() ? [{ name, mode, data: readFileSync(file) }] : [];
    });
}
