import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { ipBatch, systemNft, tableName } from '@steersman/net';
import type { ClusterState, NodeState } from '../cluster/state.ts';
import { addressAt } from '../machine/ranges.ts';
import { run } from '../machine/run.ts';
import { namespaceFile } from './namespaces.ts';

/** Names of links have 15 characters at most, so the cluster's name is in them by six digits of its hash. */
const idOf = (cluster: string): string => createHash('sha256').update(cluster).digest('hex').slice(0, 6);

export const bridgeOf = (cluster: string): string => `st-${idOf(cluster)}`;
/** The machine's end of a node's cable. */
export const cableOf = (cluster: string, { ip }: Pick<NodeState, 'ip'>): string => `st-${idOf(cluster)}-${ip.split('.').at(-1)}`;

const PREFIX_BITS = 24;

/** Where the machine itself is on the switch. */
export const gatewayOf = (switchRange: string): string => addressAt(switchRange, 1);

export interface Switched {
  readonly state: ClusterState;
  readonly switchRange: string;
  readonly signal: AbortSignal;
}

/** The bridge with the machine's address, and the way out to the world; can be called again. */
export async function ensureSwitch({ state, switchRange, signal }: Switched): Promise<void> {
  const bridge = bridgeOf(state.name);
  await ipBatch(
    'ip',
    [
      ...(hasLink(bridge) ? [] : [`link add ${bridge} type bridge`]),
      `address replace ${gatewayOf(switchRange)}/${PREFIX_BITS} dev ${bridge}`,
      `link set ${bridge} up`,
    ],
    signal,
  );
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  await systemNft(wayOut(state, switchRange), signal);
}

/** What nodes send to the world gets the machine's address; what stays among nodes, pods and services does not. */
export function wayOut({ name, podRange }: Pick<ClusterState, 'name' | 'podRange'>, switchRange: string): string {
  const chain = `inet ${tableName(name)} switch-out`;
  return [
    `table inet ${tableName(name)} { chain switch-out { type nat hook postrouting priority 100; policy accept; }; }`,
    `flush chain ${chain}`,
    `add rule ${chain} ip saddr ${switchRange} ip daddr != { ${switchRange}, ${podRange} } masquerade`,
    '',
  ].join('\n');
}

/** A cable from the switch to `eth0` of the node's network namespace; can be called again. */
export async function ensureCable(node: NodeState, folder: string, { state, switchRange, signal }: Switched): Promise<void> {
  const cable = cableOf(state.name, node);
  const net = namespaceFile(folder, 'net');
  if (!hasLink(cable)) await ipBatch('ip', [`link add ${cable} type veth peer name eth0 netns ${net}`], signal);
  await ipBatch('ip', [`link set ${cable} master ${bridgeOf(state.name)} up`], signal);
  const inside = (...args: readonly string[]): Promise<string> => run('nsenter', [`--net=${net}`, 'ip', ...args], { signal });
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'replace', `${node.ip}/${PREFIX_BITS}`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'replace', 'default', 'via', gatewayOf(switchRange));
}

/** Pulls a node's cable: its other end goes with it. */
export const removeCable = (cluster: string, node: Pick<NodeState, 'ip'>, signal: AbortSignal): Promise<void> =>
  removeLink(cableOf(cluster, node), signal);

/** The bridge, cables that are left, and the machine's part of an overlay. */
export async function removeSwitch(cluster: string, signal: AbortSignal): Promise<void> {
  const prefixes = [bridgeOf(cluster), `sx-${idOf(cluster)}`];
  const found = readdirSync('/sys/class/net').filter(name => prefixes.some(prefix => name.startsWith(prefix)));
  for (const name of found) await removeLink(name, signal);
}

async function removeLink(name: string, signal: AbortSignal): Promise<void> {
  if (hasLink(name)) await run('ip', ['link', 'delete', name], { signal, mayFail: true });
}

const hasLink = (name: string): boolean => existsSync(`/sys/class/net/${name}`);
