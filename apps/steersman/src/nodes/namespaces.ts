import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mountsBelow } from '../machine/mounts.ts';
import { run } from '../machine/run.ts';

const KINDS = ['net', 'uts', 'mount'] as const;
type Kind = (typeof KINDS)[number];

export const namespaceFile = (folder: string, kind: Kind): string => join(folder, kind);

/** Before a program's name: makes it run in the namespaces of a node, with the pid of this call. */
export const enter = (folder: string): readonly string[] => ['nsenter', ...flags(folder), '--'];

const flags = (folder: string): readonly string[] => KINDS.map(kind => `--${kind}=${namespaceFile(folder, kind)}`);

export interface NamespaceOptions {
  /** Where the namespaces' handles are. */
  readonly folder: string;
  readonly hostname: string;
  readonly signal: AbortSignal;
}

/** Namespaces that last without a process in them, until their handles are unmounted. */
export async function ensureNamespaces({ folder, hostname, signal }: NamespaceOptions): Promise<void> {
  if (mountsBelow(folder).length >= KINDS.length) return;
  await removeNamespaces(folder, signal);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A mount namespace cannot be kept on a mount that spreads into other namespaces: it would hold itself.
  await run('mount', ['--bind', folder, folder], { signal });
  await run('mount', ['--make-private', folder], { signal });
  for (const kind of KINDS) writeFileSync(namespaceFile(folder, kind), '');
  await run('unshare', [...flags(folder), '--propagation=private', 'true'], { signal });
  await furnish({ folder, hostname, signal });
}

/** The host name, and a /run in which two runtimes of a machine do not meet; resolv.conf may be a link into it. */
async function furnish({ folder, hostname, signal }: NamespaceOptions): Promise<void> {
  const inside = (script: string, ...args: readonly string[]): Promise<string> => {
    const [program = '', ...entering] = enter(folder);
    return run(program, [...entering, 'sh', '-ec', script, 'sh', ...args], { signal });
  };
  const resolver = resolverFile();
  await inside('echo "$1" > /proc/sys/kernel/hostname; mount -t tmpfs -o mode=755 steersman /run', hostname);
  if (resolver?.startsWith('/run/')) {
    await inside('mkdir -p "$1"; printf %s "$3" > "$2"', dirname(resolver), resolver, readFileSync(resolver, 'utf8'));
  }
}

function resolverFile(): string | undefined {
  try {
    return realpathSync('/etc/resolv.conf');
  } catch {
    return undefined; // a machine without names
  }
}

/** What is mounted inside goes with the namespace, which goes with its last process. */
export async function removeNamespaces(folder: string, signal: AbortSignal): Promise<void> {
  const found = [...mountsBelow(folder), ...mountsBelow(dirname(folder)).filter(path => path === folder)];
  if (found.length > 0) await run('umount', ['--lazy', ...found], { signal, mayFail: true });
  rmSync(folder, { recursive: true, force: true });
}
