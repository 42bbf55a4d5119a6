import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { retry } from '@steersman/async';

const exec = promisify(execFile);
const HOST_BYTES = 2 * 1024 ** 3;
const DISK_BYTES = 512 * 1024 ** 2;
const COMMAND_LIMIT_MS = 30_000;
const RELEASE_LIMIT_MS = 10_000;

const run = async (command: string, ...args: readonly string[]): Promise<void> => {
  await exec(command, args, { timeout: COMMAND_LIMIT_MS });
};

/**
 * A disk whose power can be cut. It is ext4 in a file on XFS: a reflink copy of that file is made in one instant and holds
 * what had reached the disk by then, and nothing of the page cache. Needs root, loop devices, mkfs.ext4 and mkfs.xfs.
 */
export class PowerCutDisk implements AsyncDisposable {
  readonly #folder: string;
  readonly #mounted: string[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<PowerCutDisk> {
    const disk = new PowerCutDisk(await mkdtemp(join(tmpdir(), 'steersman-power-')));
    try {
      await disk.#makeHost();
      return disk;
    } catch (err) {
      await disk[Symbol.asyncDispose]();
      throw err;
    }
  }

  /** An empty file system; what was on the disk is gone. Returns its folder. */
  async format(): Promise<string> {
    await this.#unmount('live');
    await this.#unmount('after');
    await rm(this.#path('host/disk.img'), { force: true });
    await blank(this.#path('host/disk.img'), DISK_BYTES);
    await run('mkfs.ext4', '-q', '-F', this.#path('host/disk.img'));
    return this.#mount('host/disk.img', 'live');
  }

  /** The instant of the cut. Whatever still runs goes on writing to the disk as it would have been. */
  async cut(): Promise<void> {
    await run('cp', '--reflink=always', this.#path('host/disk.img'), this.#path('host/cut.img'));
  }

  /** Power is back: the folder, with what the disk held at the last cut. Nothing may use the old folder any more. */
  async restore(): Promise<string> {
    await this.#unmount('live');
    return this.#mount('host/cut.img', 'after');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#mounted].reverse()) await this.#unmount(name);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #makeHost(): Promise<void> {
    await blank(this.#path('host.img'), HOST_BYTES);
    await run('mkfs.xfs', '-q', '-f', '-m', 'reflink=1', this.#path('host.img'));
    await this.#mount('host.img', 'host');
  }

  async #mount(image: string, name: string): Promise<string> {
    const folder = this.#path(name);
    await mkdir(folder, { recursive: true });
    await run('mount', '-o', 'loop', this.#path(image), folder);
    this.#mounted.push(name);
    return folder;
  }

  async #unmount(name: string): Promise<void> {
    const at = this.#mounted.indexOf(name);
    if (at < 0) return;
    // The kernel lets go of a loop device, and so of the file behind it, a moment after its file system is gone.
    await retry(() => run('umount', this.#path(name)), { signal: AbortSignal.timeout(RELEASE_LIMIT_MS), maxMs: 200 });
    this.#mounted.splice(at, 1);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

async function blank(file: string, sizeBytes: number): Promise<void> {
  await writeFile(file, '');
  await truncate(file, sizeBytes);
}
