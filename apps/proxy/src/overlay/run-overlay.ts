import { BlockList, isIPv6 } from 'node:net';
import { backoffMs, type Clock } from '@steersman/async';
import { type Client, createInformer } from '@steersman/client';
import { ipBatch, nodeMtu } from '@steersman/net';
import type { Logger } from '@steersman/telemetry';
import { nodeKind } from '@steersman/types';
import { ChangedKeys } from '../changed-keys.ts';
import { type Peer, peersOf, placeOf } from './peers.ts';
import { changes, type Entries, hostGateway, NOTHING, vxlan } from './plan-overlay.ts';
import { readEntries } from './read-entries.ts';

/** Routes go when their link goes, and nobody tells. */
const LOOK_MS = 10_000;
const RETRY = { firstMs: 100, factor: 2, maxMs: 10_000 };

export interface OverlayDeps {
  readonly client: Client;
  readonly overlay: 'host-gw' | 'vxlan';
  readonly cluster: string;
  readonly nodeName: string;
  /** Only routes within these are ours to remove. */
  readonly clusterCidrs: readonly string[];
  /** Of the way between nodes; that of the way out when 0. */
  readonly linkMtu: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Keeps the way to the pods of every other node in the kernel until `signal` aborts; the way stays then, as connections do. */
export async function runOverlay(deps: OverlayDeps): Promise<void> {
  const { client, clock, log, signal } = deps;
  const nodes = createInformer(client.of(nodeKind), { signal, clock, logger: log.child({ kind: 'nodes' }) });
  await nodes.synced(signal);
  const changed = new ChangedKeys<string>(clock);
  using _ = nodes.subscribe(({ prev, next }) => {
    if (placeOf(prev) !== placeOf(next)) changed.add((next ?? prev)?.metadata.name ?? '');
  });
  for (let failed = 0; !signal.aborted; await changed.take(LOOK_MS, signal)) {
    try {
      for (const family of [4, 6] as const) await applyFamily(deps, family, peersOf(nodes.list(), family));
      failed = 0;
    } catch (err) {
      if (signal.aborted) return;
      log.warn('way to other nodes not changed', { err, failed: ++failed });
      await clock.sleep(backoffMs(failed, RETRY), signal).catch(() => {}); // the abort ends the loop
      changed.add('');
    }
  }
}

async function applyFamily(deps: OverlayDeps, family: 4 | 6, peers: readonly Peer[]): Promise<void> {
  const { cluster, clusterCidrs, log, signal } = deps;
  const found = await readEntries({ cluster, family, isOurs: within(clusterCidrs) }, signal);
  const { ip, bridge } = changes(found, await wantedEntries(deps, family, peers));
  if (ip.length + bridge.length === 0) return;
  await ipBatch('ip', ip, signal);
  await ipBatch('bridge', bridge, signal);
  log.info('way to other nodes changed', { family, peers: peers.length - 1, commands: ip.length + bridge.length });
}

/** VXLAN's entries need IPv4 between nodes; IPv6 of pods takes plain routes. */
async function wantedEntries(
  { overlay, cluster, nodeName, linkMtu }: OverlayDeps,
  family: 4 | 6,
  peers: readonly Peer[],
): Promise<Entries> {
  if (!peers.some(({ name }) => name === nodeName)) return NOTHING;
  if (overlay === 'host-gw' || family === 6) return hostGateway(nodeName, peers);
  return vxlan({ cluster, own: nodeName, peers, linkMtu: linkMtu > 0 ? linkMtu : await nodeMtu() });
}

/** Whether a range is in one of `cidrs`. */
export function within(cidrs: readonly string[]): (cidr: string) => boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits = ''] = cidr.split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return cidr => {
    const [address = ''] = cidr.split('/');
    return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  };
}
