import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ConfigOf } from '@steersman/config';
import { VERSION } from '@steersman/service';
import { connectApi, listNodes, type NodeSummary } from '../cluster/api.ts';
import { chooseCluster, stateOf } from '../cluster/choose-cluster.ts';
import { ALL_IN_ONE, type Layout } from '../cluster/layout.ts';
import { observe, type Observed, supervisorOf } from '../cluster/records.ts';
import type { ClusterState, Ports } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import type { statusSettings } from '../command/settings.ts';
import { isHalted } from '../machine/processes.ts';
import { statusTable } from './status-table.ts';

export interface ComponentStatus extends Pick<Observed, 'name' | 'pid' | 'restarts'> {
  /** `halted`: there, but stopped by a signal, so that it answers nobody. */
  readonly state: Observed['state'] | 'halted';
  readonly version: string;
  readonly ports: readonly number[];
  readonly uptimeSeconds?: number;
  /** Memory that would be free without it: its share of shared pages counts in part. */
  readonly pssBytes?: number;
}

export interface ClusterStatus {
  readonly name: string;
  readonly dataDir: string;
  readonly version: string;
  readonly api: string;
  readonly podRange: string;
  readonly serviceRange: string;
  readonly supervisor: { readonly state: 'running' | 'stopped'; readonly pid?: number; readonly pssBytes?: number };
  readonly components: readonly ComponentStatus[];
  readonly nodes: readonly NodeSummary[];
}

/** What runs, as JSON or for people. */
export async function status({ config }: { readonly config: ConfigOf<typeof statusSettings> }, context: Context): Promise<void> {
  const chosen = chooseCluster(config, context.registry);
  const state = stateOf(chosen, context.registry);
  const found = await clusterStatus(chosen.layout, state, context);
  context.out.print(config.output === 'json' ? JSON.stringify(found, null, 2) : statusTable(found, context.out.paint));
}

export async function clusterStatus(layout: Layout, state: ClusterState, { clock, signal }: Context): Promise<ClusterStatus> {
  const supervisor = supervisorOf(layout);
  const observed = observe(layout);
  const isServing = observed.some(({ name, state }) => ['apiserver', ALL_IN_ONE].includes(name) && state === 'running');
  const [nodes, containerd, nats] = await Promise.all([
    isServing ? nodesOf(layout, state, signal) : [],
    versionOf('containerd', signal),
    versionOf('nats-server', signal),
  ]);
  const versions: Readonly<Record<string, string>> = { containerd, nats };
  return {
    name: state.name,
    dataDir: layout.dataDir,
    version: VERSION.steersman,
    api: `https://127.0.0.1:${state.ports.api}`,
    podRange: state.podRange,
    serviceRange: state.serviceRange,
    supervisor: supervisor ? { state: 'running', pid: supervisor.pid, ...pss(supervisor.pid) } : { state: 'stopped' },
    components: observed.map(({ name, state: componentState, pid, restarts, startedAt }) => ({
      name,
      state: pid !== undefined && isHalted(pid) ? 'halted' : componentState,
      ...(pid !== undefined && { pid }),
      version: versions[kindOf(name)] ?? VERSION.steersman,
      ports: portsOf(name, state.ports),
      restarts,
      ...(pid !== undefined &&
        startedAt !== undefined && { uptimeSeconds: Math.round((clock.wall().getTime() - Date.parse(startedAt)) / 1_000) }),
      ...(pid !== undefined && pss(pid)),
    })),
    nodes,
  };
}

/** Of a component on any node. */
const kindOf = (name: string): string => name.split('@')[0] ?? name;

function portsOf(name: string, ports: Ports): readonly number[] {
  const { nats, ...own } = ports;
  const table: Readonly<Record<string, readonly number[]>> = {
    [ALL_IN_ONE]: Object.values(own),
    nats: [nats],
    containerd: [],
    apiserver: [ports.api, ports.grpc],
    scheduler: [ports.scheduler],
    'controller-manager': [ports.controllerManager],
    kubelet: [ports.kubelet, ports.kubeletHealth],
    proxy: [ports.proxyHealth],
    dns: [ports.dns, ports.dnsHealth],
  };
  return table[kindOf(name)] ?? [];
}

/** proc_pid_smaps(5), summed up by the kernel; others' processes need root. */
function pss(pid: number): { readonly pssBytes?: number } {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return kilobytes === undefined ? {} : { pssBytes: Number(kilobytes) * 1024 };
  } catch {
    return {};
  }
}

async function nodesOf(layout: Layout, state: ClusterState, signal: AbortSignal): Promise<readonly NodeSummary[]> {
  using api = connectApi(layout, state);
  return await listNodes(api, signal).catch(() => []); // the table says that the apiserver is not well
}

async function versionOf(program: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], { signal });
    return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? '';
  } catch {
    return ''; // not on PATH of whoever asks
  }
}
