import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { PORTS } from '../cluster/state.ts';
import { hasCapability } from '../machine/capabilities.ts';
import { type Finder, missingPrograms } from '../machine/programs.ts';

/** `warn`: works, but not as well. */
export interface Finding {
  readonly name: string;
  readonly verdict: 'good' | 'warn' | 'bad';
  readonly fact: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** What the checks look at; a test gives its own. */
export interface MachineFacts {
  readonly filesystems: string;
  readonly mounts: string;
  readonly controllers: string;
  readonly kernel: string;
  readonly isRoot: boolean;
  readonly hasSysResource: boolean;
  readonly missing: readonly string[];
  /** Kinds the kernel has. */
  readonly namespaces: readonly string[];
  readonly hasNamespaceTools: boolean;
  readonly takenPorts: readonly number[];
  /** Where the cluster is, or will be. */
  readonly dataDir: string;
  readonly freeDiskBytes: number;
  readonly freeInodes: number;
  readonly freeMemoryBytes: number;
  readonly memoryBytes: number;
  /** Wall time, in milliseconds since 1970. */
  readonly now: number;
  /** When these sources were written. */
  readonly sourcesFrom: number;
}

const GIGABYTE = 1024 ** 3;
const MIN_DISK_BYTES = 2 * GIGABYTE;
const MIN_INODES = 50_000;
const MIN_MEMORY_BYTES = 0.5 * GIGABYTE;
const MIN_KERNEL = [4, 18] as const;
const NEEDED_CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'devices', 'freezer', 'blkio'];
const DAY_MS = 24 * 60 * 60_000;

type Check = (facts: MachineFacts) => Finding;

const CHECKS: readonly Check[] = [root, kernel, overlay, cgroups, oom, programs, nodes, ports, disk, memory, clock];

/** What of the machine a cluster can and cannot live with. */
export const examine = (facts: MachineFacts): readonly Finding[] => CHECKS.map(check => check(facts));

const good = (name: string, fact: string): Finding => ({ name, verdict: 'good', fact });

function root({ isRoot }: MachineFacts): Finding {
  return isRoot
    ? good('user', 'root')
    : { name: 'user', verdict: 'warn', fact: 'not root', advice: 'up and down need root: sudo ./steersman up' };
}

function kernel({ kernel: release }: MachineFacts): Finding {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const isNew = major > MIN_KERNEL[0] || (major === MIN_KERNEL[0] && minor >= MIN_KERNEL[1]);
  if (isNew) return good('kernel', release);
  return {
    name: 'kernel',
    verdict: 'bad',
    fact: release,
    advice: `nftables and overlayfs as we use them need ${MIN_KERNEL.join('.')} or later`,
  };
}

function overlay({ filesystems }: MachineFacts): Finding {
  if (/\boverlay$/m.test(filesystems)) return good('overlayfs', 'there');
  return { name: 'overlayfs', verdict: 'bad', fact: 'missing', advice: 'load it: modprobe overlay' };
}

function cgroups({ mounts, controllers }: MachineFacts): Finding {
  const versions = { one: / cgroup .*\bmemory\b/m.test(mounts), two: /^\S+ \/sys\/fs\/cgroup cgroup2 /m.test(mounts) };
  if (!versions.one && !versions.two) {
    return {
      name: 'cgroups',
      verdict: 'bad',
      fact: 'not mounted',
      advice: 'mount them: apt-get install cgroupfs-mount, or boot with systemd',
    };
  }
  const enabled = controllers.split('\n').flatMap(line => (line.endsWith('\t1') ? (line.split('\t')[0] ?? '') : []));
  const lacking = NEEDED_CONTROLLERS.filter(name => !enabled.includes(name));
  const version = versions.two ? 'version 2' : 'version 1';
  if (lacking.length === 0) return good('cgroups', version);
  return {
    name: 'cgroups',
    verdict: 'bad',
    fact: `${version} without ${lacking.join(', ')}`,
    advice: `boot with cgroup_enable=${lacking.join(',')}`,
  };
}

function oom({ hasSysResource }: MachineFacts): Finding {
  if (hasSysResource) return good('out of memory', 'priorities can be set');
  return {
    name: 'out of memory',
    verdict: 'warn',
    fact: 'priorities cannot be lowered (no CAP_SYS_RESOURCE)',
    advice: 'containers run; which of them the kernel ends first when memory is short is left to it',
  };
}

/** What several nodes on one machine need besides. */
function nodes({ namespaces, hasNamespaceTools }: MachineFacts): Finding {
  const lacking = ['net', 'mnt', 'uts'].filter(kind => !namespaces.includes(kind));
  if (lacking.length === 0 && hasNamespaceTools) return good('several nodes', 'namespaces can be made');
  return {
    name: 'several nodes',
    verdict: 'warn',
    fact: lacking.length > 0 ? `the kernel has no namespaces of kind ${lacking.join(', ')}` : 'nsenter or unshare is missing',
    advice: lacking.length > 0 ? 'up --nodes does not work here; one node does' : 'for up --nodes: apt-get install util-linux',
  };
}

function programs({ missing }: MachineFacts): Finding {
  if (missing.length === 0) return good('programs', 'all there');
  return { name: 'programs', verdict: 'warn', fact: `missing: ${missing.join(', ')}`, advice: '`steersman up --yes` installs them' };
}

function ports({ takenPorts }: MachineFacts): Finding {
  if (takenPorts.length === 0) return good('ports', Object.values(PORTS).join(', '));
  return { name: 'ports', verdict: 'warn', fact: `taken: ${takenPorts.join(', ')}`, advice: '`up` takes others, and status shows which' };
}

function disk({ dataDir, freeDiskBytes, freeInodes }: MachineFacts): Finding {
  const fact = `${(freeDiskBytes / GIGABYTE).toFixed(1)} GB and ${freeInodes} inodes free in ${dataDir}`;
  if (freeDiskBytes >= MIN_DISK_BYTES && freeInodes >= MIN_INODES) return good('disk', fact);
  return {
    name: 'disk',
    verdict: 'bad',
    fact,
    advice: 'images and logs need room: free some, or put the cluster elsewhere with --data-dir',
  };
}

function memory({ freeMemoryBytes, memoryBytes }: MachineFacts): Finding {
  const fact = `${(freeMemoryBytes / GIGABYTE).toFixed(1)} of ${(memoryBytes / GIGABYTE).toFixed(1)} GB free`;
  if (freeMemoryBytes >= MIN_MEMORY_BYTES) return good('memory', fact);
  return { name: 'memory', verdict: 'warn', fact, advice: 'the programs of a cluster take about 0.25 GB before the first pod' };
}

/** Certificates are of no use to a clock before their first day. */
function clock({ now, sourcesFrom }: MachineFacts): Finding {
  const fact = new Date(now).toISOString();
  if (now >= sourcesFrom - DAY_MS) return good('clock', fact);
  return { name: 'clock', verdict: 'bad', fact: `${fact}, before these programs were written`, advice: 'set it: apt-get install chrony' };
}

/** Of the machine this runs on. */
export function machineFacts(
  options: Pick<MachineFacts, 'takenPorts' | 'dataDir' | 'freeDiskBytes' | 'freeInodes' | 'sourcesFrom'> & { readonly find: Finder },
): MachineFacts {
  const { find, ...known } = options;
  return {
    ...known,
    filesystems: read('/proc/filesystems'),
    mounts: read('/proc/mounts'),
    controllers: read('/proc/cgroups'),
    kernel: read('/proc/sys/kernel/osrelease').trim(),
    isRoot: process.getuid?.() === 0,
    hasSysResource: hasCapability('SYS_RESOURCE'),
    missing: missingPrograms(find).map(program => program.package),
    namespaces: existsSync('/proc/self/ns') ? readdirSync('/proc/self/ns') : [],
    hasNamespaceTools: ['nsenter', 'unshare'].every(name => find(name) !== undefined),
    freeMemoryBytes: freemem(),
    memoryBytes: totalmem(),
    now: Date.now(),
  };
}

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
