import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { BOX_IMAGE, boxImage } from '@steersman/cri/testing';
import type { BenchContext } from './benchmark.ts';
import type { Certificates } from './certificates.ts';

const exec = promisify(execFile);
const LAUNCHER = resolve(import.meta.dirname, '../../../steersman');
const LIMIT_MS = 180_000;

export const IMAGE = BOX_IMAGE;

interface ProcessStatus {
  readonly pid?: number;
  readonly pssBytes?: number;
}

/** As `status -o json` prints it, as far as it counts here. */
export interface ClusterStatus {
  readonly supervisor: ProcessStatus;
  readonly components: readonly (ProcessStatus & { readonly name: string })[];
}

/** A cluster as a user has it, removed on disposal. Needs root. */
export class Cluster implements AsyncDisposable {
  readonly name = `bench-${process.pid}`;
  readonly dataDir: string;
  readonly #scratch: string;

  constructor({ scratch }: Pick<BenchContext, 'scratch'>) {
    this.#scratch = scratch;
    this.dataDir = join(scratch, 'data');
  }

  /** `up`, with an image to run. */
  static async start(context: Pick<BenchContext, 'scratch'>): Promise<Cluster> {
    const cluster = new Cluster(context);
    try {
      await cluster.run('up', '--yes');
      const archive = join(context.scratch, 'image.tar');
      writeFileSync(archive, boxImage());
      await cluster.run('image', 'import', archive);
      return cluster;
    } catch (err) {
      await cluster[Symbol.asyncDispose]();
      throw err;
    }
  }

  /** A command of the launcher for this cluster; resolves with how long it took, in milliseconds. */
  async run(...args: readonly string[]): Promise<number> {
    const began = performance.now();
    await this.#launch(args);
    return performance.now() - began;
  }

  async status(): Promise<ClusterStatus> {
    return JSON.parse(await this.#launch(['status', '-o', 'json'])) as ClusterStatus;
  }

  get criEndpoint(): string {
    return `unix://${join(this.dataDir, 'containerd/containerd.sock')}`;
  }

  /** The cgroup of its pods. */
  get cgroup(): string {
    return `/steersman/${this.name}`;
  }

  get api(): { readonly port: number; readonly certificates: Pick<Certificates, 'caFile' | 'adminCertFile' | 'adminKeyFile'> } {
    const { ports } = JSON.parse(readFileSync(join(this.dataDir, 'run/state.json'), 'utf8')) as { ports: { api: number } };
    const pki = (file: string): string => join(this.dataDir, 'pki', file);
    return { port: ports.api, certificates: { caFile: pki('ca.crt'), adminCertFile: pki('admin.crt'), adminKeyFile: pki('admin.key') } };
  }

  async #launch(args: readonly string[]): Promise<string> {
    // The user's own kubeconfig is none of our business.
    const env = { ...process.env, KUBECONFIG: join(this.#scratch, 'kubeconfig') };
    const { stdout } = await exec(LAUNCHER, [...args, '--name', this.name, '--data-dir', this.dataDir], { timeout: LIMIT_MS, env });
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (existsSync(this.dataDir)) await this.run('down', '--purge', '--yes');
  }
}
