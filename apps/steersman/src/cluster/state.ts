import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './json-file.ts';
import { layoutOf } from './layout.ts';

export const PORTS = {
  api: 6443,
  grpc: 6444,
  nats: 4222,
  kubelet: 10250,
  kubeletHealth: 10248,
  scheduler: 10259,
  controllerManager: 10257,
  proxyHealth: 10256,
  dns: 10053,
  dnsHealth: 9153,
} as const;
export type Ports = Readonly<Record<keyof typeof PORTS, number>>;

/** What a node reports, and is held to. */
export interface Capacity {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** One of several nodes on the machine, besides the first. */
export interface NodeState extends Capacity {
  readonly name: string;
  /** Of the switch; addresses are given out once. */
  readonly ip: string;
  /** Turned off by `node stop`. */
  readonly isStopped: boolean;
}

export const OVERLAYS = ['host-gw', 'vxlan', 'none'] as const;

/** What a cluster remembers from one `up` to the next. */
export interface ClusterState {
  readonly name: string;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly ports: Ports;
  readonly podRange: string;
  readonly serviceRange: string;
  /** The user's kubeconfig that has our context. */
  readonly kubeconfig?: string;
  /** Programs run from their sources. */
  readonly dev: boolean;
  /** Our own programs are one process. */
  readonly allInOne: boolean;
  /** Of the first node, when it is one of several; else it has the whole machine. */
  readonly capacity?: Capacity;
  /** Of the machine for others, when the first node's own address is that on the switch. */
  readonly machineIp?: string;
  /** Of the switch that joins the nodes of this machine. */
  readonly switchRange?: string;
  readonly nodes?: readonly NodeState[];
  readonly overlay?: (typeof OVERLAYS)[number];
}

export const nodesOf = ({ nodes = [] }: ClusterState): readonly NodeState[] => nodes;

export const DEFAULT_HOME = '/var/lib/steersman';
export const defaultDataDir = (name: string): string => join(DEFAULT_HOME, name);

export const readState = (dataDir: string): ClusterState | undefined => readJson<ClusterState>(layoutOf(dataDir).state);

/** Where every cluster of this machine is: a link per name, so that names, ports and ranges are given out once. */
export class Registry {
  readonly #dir: string;

  constructor(home = DEFAULT_HOME) {
    this.#dir = join(home, '.clusters');
  }

  get lockFile(): string {
    return join(this.#dir, '.lock');
  }

  dataDirOf(name: string): string | undefined {
    const link = join(this.#dir, name);
    return isLink(link) ? readlinkSync(link) : undefined;
  }

  add(name: string, dataDir: string): void {
    mkdirSync(this.#dir, { recursive: true, mode: 0o755 });
    this.#unlink(name);
    symlinkSync(dataDir, join(this.#dir, name));
  }

  /** The folder itself goes with the last cluster. */
  remove(name: string): void {
    this.#unlink(name);
    for (const dir of [this.#dir, join(this.#dir, '..')]) {
      try {
        rmdirSync(dir);
      } catch {
        return; // not there, or somebody else's things are in it
      }
    }
  }

  /** Of clusters other than `name`. */
  others(name: string): readonly ClusterState[] {
    if (!existsSync(this.#dir)) return [];
    return readdirSync(this.#dir)
      .filter(entry => entry !== name && isLink(join(this.#dir, entry)))
      .flatMap(entry => readState(readlinkSync(join(this.#dir, entry))) ?? []);
  }

  names(): readonly string[] {
    return existsSync(this.#dir) ? readdirSync(this.#dir).filter(entry => isLink(join(this.#dir, entry))) : [];
  }

  #unlink(name: string): void {
    rmSync(join(this.#dir, name), { force: true });
  }
}

const isLink = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
