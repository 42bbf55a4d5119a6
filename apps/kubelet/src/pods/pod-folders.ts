import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@steersman/telemetry';
import type { Pod, ResourceRequirements } from '@steersman/types';

/** What a restarted kubelet must know of a pod before it has heard from the API. */
export interface StoredPod {
  readonly pod: Pod;
  /** By container name: what the node has granted. */
  readonly allocated: Readonly<Record<string, ResourceRequirements>>;
  readonly traceparent?: string;
}

/** What the probes last said, by container id. */
export type StoredProbes = Readonly<Record<string, { readonly ready: boolean; readonly started: boolean }>>;

/** The folders of this node's pods, `<rootDir>/pods/<uid>`: each file appears whole or not at all. */
export class PodFolders {
  /** A file system in memory, shared by all pods: what must not touch a disk. */
  readonly memory: string;
  readonly #root: string;
  readonly #log: Logger;

  constructor(rootDir: string, log: Logger) {
    this.#root = join(rootDir, 'pods');
    this.memory = join(rootDir, 'memory');
    this.#log = log;
  }

  of(uid: string): string {
    return join(this.#root, uid);
  }

  memoryOf(uid: string): string {
    return join(this.memory, uid);
  }

  /** Durable when it resolves. */
  async save(stored: StoredPod): Promise<void> {
    await replaceFile(this.of(stored.pod.metadata.uid), 'pod.json', stored, { durable: true });
  }

  /** Probes speak again soon: losing the last word in a power cut does no harm. */
  async saveProbes(uid: string, probes: StoredProbes): Promise<void> {
    await replaceFile(this.of(uid), 'probes.json', probes, { durable: false });
  }

  async loadProbes(uid: string): Promise<StoredProbes> {
    return ((await this.#read(uid, 'probes.json')) as StoredProbes | undefined) ?? {};
  }

  /** A folder without a readable spec (its kubelet was killed while it was made) has never had a sandbox. */
  async load(): Promise<readonly StoredPod[]> {
    const uids = await readdir(this.#root).catch(() => []); // the first start has no folder yet
    const stored = (await Promise.all(uids.map(uid => this.#read(uid, 'pod.json')))) as readonly (StoredPod | undefined)[];
    return stored.filter(found => found !== undefined);
  }

  async uids(): Promise<readonly string[]> {
    return await readdir(this.#root).catch(() => []); // as above
  }

  async remove(uid: string): Promise<void> {
    await rm(this.of(uid), { recursive: true, force: true });
  }

  async #read(uid: string, name: string): Promise<unknown> {
    const file = join(this.of(uid), name);
    try {
      return JSON.parse(await readFile(file, 'utf8')) as unknown;
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT') this.#log.warn('a file of a pod cannot be read', { file, err });
      return undefined;
    }
  }
}

async function replaceFile(folder: string, name: string, content: unknown, { durable }: { readonly durable: boolean }): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const path = join(folder, name);
  const draft = `${path}.new`;
  {
    await using file = await open(draft, 'w', 0o600);
    await file.writeFile(JSON.stringify(content));
    if (durable) await file.sync();
  }
  await rename(draft, path);
  if (!durable) return;
  await using parent = await open(folder, 'r');
  await parent.sync();
}
