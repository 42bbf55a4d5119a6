import { hostname } from 'node:os';
import type { Clock } from '@steersman/async';
import { UserError } from '../command/user-error.ts';
import { isOwnAddress, machineAddress, routedRanges } from '../machine/network.ts';
import { choosePorts, isFree } from '../machine/ports.ts';
import { freeRange, POD_RANGES, SERVICE_RANGES } from '../machine/ranges.ts';
import { withNodes } from '../nodes/plan-nodes.ts';
import { checkNodeFolders, type Chosen } from './choose-cluster.ts';
import { writeJson } from './json-file.ts';
import { lock } from './lock.ts';
import { observe } from './records.ts';
import { type Capacity, type ClusterState, nodesOf, PORTS, type Ports, readState, type Registry } from './state.ts';

export interface Wishes {
  /** Undefined unless given by flag; then no other will do. */
  readonly port: number | undefined;
  /** Undefined unless given. */
  readonly nodeName: string | undefined;
  readonly nodeIp: string | undefined;
  readonly dev: boolean;
  readonly allInOne: boolean | undefined;
  readonly nodes: number | undefined;
  readonly capacity: Partial<Capacity>;
  readonly overlay: ClusterState['overlay'];
}

const HOSTS = ['127.0.0.1', '0.0.0.0'] as const;

const isFreeEverywhere = async (port: number): Promise<boolean> => {
  for (const host of HOSTS) if (!(await isFree(port, host))) return false;
  return true;
};

/** A port given by flag is refused when somebody has it; nothing has been written by then. */
export async function refuseTakenPort(port: number): Promise<void> {
  if (await isFreeEverywhere(port)) return;
  throw new UserError(`port ${port} is taken by another program`, {
    hint: 'give another one with --port, or none at all: a free one is found then',
  });
}

/** Ports and ranges of the cluster: those it had, or ones that no other cluster of this machine has; remembered from here on. */
export async function ensureState(
  { name, layout }: Chosen,
  {
    registry,
    wishes,
    clock,
    signal,
  }: { readonly registry: Registry; readonly wishes: Wishes; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ClusterState> {
  using _ = await lock(registry.lockFile, { clock, signal });
  const home = registry.dataDirOf(name);
  if (home !== undefined && home !== layout.dataDir && readState(home)) {
    throw new UserError(`cluster "${name}" lives in ${home} already`, {
      hint: `use another --name, or: steersman down --purge --name ${name}`,
    });
  }
  const known = readState(layout.dataDir);
  if (known && known.name !== name) {
    throw new UserError(`${layout.dataDir} holds cluster "${known.name}", not "${name}"`, { hint: 'give another --data-dir' });
  }
  // What runs in part holds its own ports; it goes on as it is.
  if (known && observe(layout).some(({ pid }) => pid !== undefined)) return known;
  const others = registry.others(name);
  const preferred: Ports = { ...PORTS, ...known?.ports, ...(wishes.port !== undefined && { api: wishes.port }) };
  const state: ClusterState = {
    name,
    nodeName: wishes.nodeName ?? known?.nodeName ?? nodeNameOf(hostname()),
    nodeIp: wishes.nodeIp ?? (known && isOwnAddress(known.nodeIp) ? known.nodeIp : machineAddress()),
    ports: await choosePorts({ preferred, taken: new Set(others.flatMap(({ ports }) => Object.values(ports))), isFree: isFreeEverywhere }),
    podRange:
      known?.podRange ??
      range(
        'pods',
        POD_RANGES,
        others.map(({ podRange }) => podRange),
      ),
    serviceRange:
      known?.serviceRange ??
      range(
        'services',
        SERVICE_RANGES,
        others.map(({ serviceRange }) => serviceRange),
      ),
    ...(known?.kubeconfig !== undefined && { kubeconfig: known.kubeconfig }),
    dev: wishes.dev,
    allInOne: wishes.allInOne ?? known?.allInOne ?? false,
  };
  const joined = withNodes({ ...nodesKnown(known), ...state }, wishes, takenRanges(others));
  checkNodeFolders(layout, nodesOf(joined));
  writeJson(layout.state, joined);
  registry.add(name, layout.dataDir);
  return joined;
}

/** What there is of several nodes. */
const nodesKnown = ({ switchRange, nodes, overlay, capacity, machineIp }: Partial<ClusterState> = {}): Partial<ClusterState> => ({
  ...(switchRange !== undefined && { switchRange }),
  ...(nodes && { nodes }),
  ...(overlay && { overlay }),
  ...(capacity && { capacity }),
  ...(machineIp !== undefined && { machineIp }),
});

/** For a switch. */
export const takenRanges = (others: readonly ClusterState[]): readonly string[] => [
  ...others.flatMap(({ switchRange }) => switchRange ?? []),
  ...routedRanges(),
];

function range(what: string, candidates: readonly string[], taken: readonly string[]): string {
  const found = freeRange(candidates, [...taken, ...routedRanges()]);
  if (found === undefined) throw new UserError(`no free address range for ${what}: this machine routes them all already`);
  return found;
}

/** What DNS and the API take as a name. */
export function nodeNameOf(host: string): string {
  const name = host
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replace(/^[.-]+|[.-]+$/g, '');
  return name === '' ? 'node' : name;
}
