import { readFileSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, release } from 'node:os';
import type { NodeSystemInfo } from '@steersman/types';
import { VERSION } from '@steersman/service';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface MachineFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly info: Omit<NodeSystemInfo, 'containerRuntimeVersion'>;
}

/** `rootDir` is where the pods' files are. */
export function machineFacts(rootDir: string): MachineFacts {
  const { bsize, blocks } = statfsSync(rootDir);
  return {
    cpus: availableParallelism(),
    memoryBytes: meminfo('MemTotal'),
    diskBytes: bsize * blocks,
    info: {
      architecture: ARCHITECTURES[arch()] ?? arch(),
      bootID: read('/proc/sys/kernel/random/boot_id'),
      kernelVersion: release(),
      kubeletVersion: VERSION.gitVersion,
      kubeProxyVersion: '',
      machineID: read('/etc/machine-id'),
      operatingSystem: 'linux',
      osImage: /^PRETTY_NAME="?(.*?)"?$/m.exec(read('/etc/os-release'))?.[1] ?? 'Linux',
      systemUUID: read('/sys/class/dmi/id/product_uuid') || read('/etc/machine-id'),
    },
  };
}

/** One of several nodes on a machine has the part of it that its cgroup allows; 0 is all. */
export const limitedTo = (
  { cpuMillis, memoryBytes }: { readonly cpuMillis: number; readonly memoryBytes: number },
  facts: MachineFacts,
): MachineFacts => ({
  ...facts,
  ...(cpuMillis > 0 && { cpus: cpuMillis / 1_000 }),
  ...(memoryBytes > 0 && { memoryBytes }),
});

export interface Pressure {
  readonly memoryAvailableBytes: number;
  readonly diskAvailableShare: number;
  readonly diskInodesFreeShare: number;
  readonly pidsAvailable: number;
}

export function pressure(rootDir: string): Pressure {
  const { blocks, bavail, files, ffree } = statfsSync(rootDir);
  return {
    memoryAvailableBytes: meminfo('MemAvailable'),
    diskAvailableShare: bavail / blocks,
    diskInodesFreeShare: files === 0 ? 1 : ffree / files, // some file systems count none
    pidsAvailable: Number(read('/proc/sys/kernel/pid_max')) - Number(/\/(\d+)/.exec(read('/proc/loadavg'))?.[1] ?? 0),
  };
}

const meminfo = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(read('/proc/meminfo'))?.[1] ?? 0) * 1024;

/** '' for what this machine does not have, such as DMI in a container. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
