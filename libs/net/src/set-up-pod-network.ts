import { type CniOptions, writeCniConfig } from './cni-config.ts';
import { type Nft, systemNft } from './nft.ts';
import { applyPodTable, type PodTableOptions } from './pod-table.ts';
import { enableRouting, nodeMtu } from './routing.ts';

export interface PodNetworkOptions extends Omit<CniOptions, 'mtu'>, PodTableOptions {
  /** That of the node's way out unless told. */
  readonly mtu?: number;
  readonly nft?: Nft;
}

/** Can be called again. The runtime's configuration comes last, as it is what lets pods start. */
export async function setUpPodNetwork(options: PodNetworkOptions, signal?: AbortSignal): Promise<void> {
  const { nft = systemNft, mtu = await nodeMtu(), ...network } = options;
  await enableRouting({ ipv6: network.podCidrs.some(cidr => cidr.includes(':')) });
  await applyPodTable(nft, network, signal);
  await writeCniConfig({ ...network, mtu });
}
