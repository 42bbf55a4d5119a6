import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders in which clusters, their runtimes and network plugins leave things, and how deep they are looked at. */
const FOLDERS: readonly (readonly [folder: string, depth: number])[] = [
  ['/run', 3],
  ['/var/lib', 2],
  ['/var/log', 2],
  ['/var/run/netns', 1],
  ['/etc/cni', 2],
  ['/opt', 2],
];
/** What anybody may leave there meanwhile. */
const NOISE = [
  /^\/run\/(utmp|lock|log|udev|systemd|user)/,
  /^\/var\/lib\/(apt|dpkg|systemd)/,
  /^\/var\/log\/(apt|dpkg|journal|wtmp|lastlog)/,
];

const OUR_PROGRAMS = /containerd|runc |nats-server|pause|steersman|\/apps\/[a-z-]+\/(src|dist)\//;

export type Machine = Readonly<
  Record<'processes' | 'mounts' | 'links' | 'routes' | 'rules' | 'cgroups' | 'namespaces' | 'files', readonly string[]>
>;

/** Everything a cluster may leave behind. */
export function machine(): Machine {
  return {
    processes: processes(),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map(line => line.split(' ')[4] ?? '')
      .sort(),
    links: names(['ip', '-j', 'link'], (link: { ifname: string }) => link.ifname),
    routes: output(['ip', '-4', 'route']),
    rules: existsSync('/usr/sbin/nft') ? output(['nft', 'list', 'ruleset']) : [],
    cgroups: [...new Set(cgroupMounts().flatMap(mount => tree(mount, 4)))].sort(),
    namespaces: names(['lsns', '-J', '-t', 'net'], undefined),
    files: [...FOLDERS.flatMap(([folder, depth]) => tree(folder, depth)), ...ourScratch()]
      .filter(path => !NOISE.some(noise => noise.test(path)))
      .sort(),
  };
}

/** What there is in `after` and was not before, by kind; kinds without a difference are left out. */
export function leftovers(before: Machine, after: Machine): Partial<Record<keyof Machine, readonly string[]>> {
  const kinds = Object.keys(before) as (keyof Machine)[];
  return Object.fromEntries(
    kinds.map(kind => [kind, after[kind].filter(item => !before[kind].includes(item))] as const).filter(([, items]) => items.length > 0),
  );
}

/** Programs of clusters and what runs in their containers; other people's processes come and go. */
function processes(): readonly string[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const isOurs = OUR_PROGRAMS.test(command) || readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes('/steersman');
        return command !== '' && isOurs ? [`${pid} ${command}`] : [];
      } catch {
        return []; // it has just ended
      }
    });
}

const output = ([command = '', ...args]: readonly string[]): readonly string[] =>
  execFileSync(command, args, { encoding: 'utf8' })
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');

function names<T>(command: readonly string[], nameOf: ((item: T) => string) | undefined): readonly string[] {
  const parsed = JSON.parse(output(command).join('\n')) as readonly T[] | { readonly namespaces: readonly { readonly ns: number }[] };
  if ('namespaces' in parsed) return parsed.namespaces.map(({ ns }) => String(ns)).sort();
  return parsed.map(item => nameOf?.(item) ?? '').sort();
}

const ourScratch = (): readonly string[] => tree(tmpdir(), 1).filter(path => /steersman|e2e/.test(path));

const cgroupMounts = (): readonly string[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path = '']) => path);

function tree(folder: string, depth: number): readonly string[] {
  if (depth === 0) return [];
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
      const path = join(folder, entry.name);
      const isLeaf = folder.startsWith('/sys/fs/cgroup') && !entry.isDirectory();
      return isLeaf ? [] : [path, ...(entry.isDirectory() ? tree(path, depth - 1) : [])];
    });
  } catch {
    return []; // not there, or gone meanwhile
  }
}
