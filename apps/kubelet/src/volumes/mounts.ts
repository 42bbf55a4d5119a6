import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Tmpfs {
  /** Octal permissions of its root. */
  readonly mode?: string;
  readonly sizeBytes?: number;
}

/** The mounts of this machine, as far as volumes need them; node has no mount(2). */
export interface Mounter {
  tmpfs(folder: string, options: Tmpfs): Promise<void>;
  unmount(folder: string): Promise<void>;
  /** Mount points at or below a folder, deepest first. */
  below(folder: string): readonly string[];
}

export const systemMounter: Mounter = {
  async tmpfs(folder, { sizeBytes, mode }) {
    const options = [...(sizeBytes ? [`size=${sizeBytes}`] : []), ...(mode ? [`mode=${mode}`] : [])];
    await run('mount', ['-t', 'tmpfs', ...(options.length > 0 ? ['-o', options.join(',')] : []), 'tmpfs', folder]);
  },
  async unmount(folder) {
    await run('umount', [folder]);
  },
  below: folder =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map(line => unescape(line.split(' ')[4] ?? ''))
      .filter(path => path === folder || path.startsWith(`${folder}/`))
      .reverse(),
};

/** Blanks and backslashes are octal in mountinfo (proc(5)). */
const unescape = (path: string): string => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
