import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { silentLogger } from '@steersman/telemetry';
import { connectCri, type Cri } from '../src/index.ts';
import { BOX_IMAGE, boxImage } from './box-image.ts';

const START_MS = 20_000;

export interface ContainerdOptions {
  /** OCI archives to load besides the box image. */
  readonly images?: readonly Buffer[];
  /** A network namespace (`ip netns`) to run in; the machine's own unless told. */
  readonly netns?: string;
  /** Where the CNI configuration is; without it only pods with the node's network start. */
  readonly cniConfDir?: string;
}

/** A containerd of our own, with nothing outside its folder but what its pods need; disposing removes them all. */
export interface Containerd extends AsyncDisposable {
  /** unix:///... */
  readonly endpoint: string;
  readonly folder: string;
  /** Where pods must be put, so that it can be removed with them. */
  readonly cgroupParent: string;
  /** A client of it, closed with it. */
  readonly cri: Cri;
  readonly pid: number;
  /** Ends the daemon as a crash would; its containers run on. */
  kill(): Promise<void>;
  /** Starts the daemon again over what is there. */
  restart(): Promise<void>;
}

export async function startContainerd({ images = [], netns, cniConfDir }: ContainerdOptions = {}): Promise<Containerd> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-containerd-'));
  const socket = join(folder, 'containerd.sock');
  const cgroupParent = `/${basename(folder)}`;
  const confDir = cniConfDir ?? join(folder, 'cni');
  mkdirSync(confDir, { recursive: true });
  writeFileSync(join(folder, 'config.toml'), configuration(folder, confDir));
  const cri = connectCri({ endpoint: `unix://${socket}`, log: silentLogger });
  const start = () => startDaemon({ folder, netns, cri });
  let daemon = await start();
  try {
    for (const [index, image] of [boxImage(), ...images].entries()) await load(socket, join(folder, `image-${index}.tar`), image);
  } catch (err) {
    await stop(daemon);
    throw err;
  }
  return {
    endpoint: `unix://${socket}`,
    folder,
    cgroupParent,
    cri,
    get pid() {
      return daemon.pid ?? 0;
    },
    kill: async () => stop(daemon, 'SIGKILL'),
    restart: async () => {
      daemon = await start();
    },
    [Symbol.asyncDispose]: async () => {
      if (daemon.exitCode !== null || daemon.signalCode !== null) daemon = await start();
      await removePods(cri);
      cri[Symbol.dispose]();
      await stop(daemon);
      unmountBelow(folder);
      removeCgroup(cgroupParent);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** No plugin that reaches outside, and no demand for the capability (SYS_RESOURCE) that many test machines withhold. */
const configuration = (folder: string, confDir: string): string => `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${BOX_IMAGE}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${confDir}"
`;

interface DaemonOptions {
  readonly folder: string;
  readonly netns: string | undefined;
  readonly cri: Cri;
}

async function startDaemon({ folder, netns, cri }: DaemonOptions): Promise<ChildProcess> {
  const log = openSync(join(folder, 'containerd.log'), 'a');
  const command = ['containerd', '--config', join(folder, 'config.toml'), '--log-level', 'warn'];
  // `ip netns exec` would hide the cgroup mounts from it.
  const [program = '', ...args] = netns === undefined ? command : ['nsenter', `--net=/run/netns/${netns}`, ...command];
  const daemon = spawn(program, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const failed = once(daemon, 'exit').then(() => {
    throw new Error(`containerd ended: ${readFileSync(join(folder, 'containerd.log'), 'utf8').slice(-2000)}`);
  });
  failed.catch(() => {}); // later ends are expected
  const until = Date.now() + START_MS;
  for (;;) {
    const ready = existsSync(join(folder, 'containerd.sock')) && cri.status({ timeoutMs: 5_000 }).then(() => true);
    try {
      if (await Promise.race([ready, failed])) return daemon;
    } catch (err) {
      if (daemon.exitCode !== null || Date.now() > until) {
        await stop(daemon);
        throw err;
      }
    }
    await sleep(50);
  }
}

async function stop(daemon: ChildProcess, how: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill(how);
  await ended;
}

async function load(socket: string, file: string, image: Buffer): Promise<void> {
  writeFileSync(file, image);
  await promisify(execFile)('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', file]);
  rmSync(file);
}

async function removePods(cri: Cri): Promise<void> {
  for (const { id } of await cri.listPodSandboxes()) {
    for (const container of await cri.listContainers({ podSandboxId: id })) await cri.stopContainer(container.id, 0);
    await cri.stopPodSandbox(id);
    await cri.removePodSandbox(id);
  }
}

/** What a killed daemon may have left mounted; the innermost first. */
function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[1] ?? '')
    .filter(path => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) execFileSync('umount', [path]);
}

/** In every hierarchy of version 1, and in that of version 2. */
function removeCgroup(path: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  for (const [, mount = '', type = ''] of mounts.map(line => line.split(' '))) {
    if (type.startsWith('cgroup') && existsSync(mount + path)) removeFolders(mount + path);
  }
}

/** A cgroup's files go with it, and only its empty folders can be removed. */
function removeFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFolders(join(folder, entry.name));
  }
  rmdirSync(folder);
}
