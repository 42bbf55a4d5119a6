import {
  affinityMap,
  ElementTable,
  type Forwarding,
  forwardingElements,
  frontKey,
  layoutCommands,
  PROTOCOLS,
  readContents,
  removeCommands,
  restoreChainCommands,
  staleAffinities,
  transactionCommands,
} from '@steersman/endpoints';
import { listTable, type NftSession, nftSession, tableName } from '@steersman/net';
import type { Logger } from '@steersman/telemetry';
import type { Key } from '@steersman/types';
import type { Conntrack } from './conntrack.ts';
import type { Dataplane } from './dataplane.ts';
import { staleFlows } from './stale-flows.ts';

export interface NftOptions {
  readonly clusterName: string;
  readonly clusterCidrs: readonly string[];
  /** How nft is called. */
  readonly program?: readonly string[];
  readonly conntrack: Conntrack;
  readonly log: Logger;
}

/** Forwards in the kernel, by entries of a few maps in the cluster's table. */
export function nftDataplane(options: NftOptions): Dataplane {
  return new NftDataplane(options);
}

class NftDataplane implements Dataplane {
  readonly #options: NftOptions;
  readonly #table: string;
  readonly #program: readonly string[];
  readonly #session: NftSession;
  readonly #elements = new ElementTable();
  readonly #chains = new Set<string>();
  /** Backends of the addresses whose clients stay with theirs. */
  readonly #sticky = new Map<string, ReadonlySet<string>>();
  readonly #stickyOf = new Map<Key, readonly string[]>();
  #state: 'unknown' | 'refused' | 'known' = 'unknown';

  constructor(options: NftOptions) {
    this.#options = options;
    this.#table = tableName(options.clusterName);
    this.#program = options.program ?? ['nft'];
    this.#session = nftSession(this.#program);
  }

  async apply(changed: ReadonlyMap<Key, readonly Forwarding[]>, signal: AbortSignal): Promise<void> {
    const preparation = this.#state === 'known' ? [] : await this.#compare(signal);
    for (const [service, forwardings] of changed) {
      this.#elements.set(
        service,
        forwardings.flatMap(forwarding => forwardingElements(forwarding, this.#elements.valueNow)),
      );
      this.#noteSticky(service, forwardings);
    }
    const changes = this.#elements.take();
    const commands = [...preparation, ...transactionCommands(this.#table, changes, this.#chains)];
    if (commands.length === 0) return;
    const { conntrack, log } = this.#options;
    this.#state = this.#state === 'known' ? 'unknown' : 'refused'; // until it has gone well
    await this.#session.nft(commands.join('\n'), signal);
    this.#state = 'known';
    await conntrack.end(staleFlows(changes), signal);
    if (this.#sticky.size > 0 && changes.some(({ set, prev }) => set.startsWith('service-backend-') && prev !== undefined)) {
      await this.#forgetClients(signal).catch((err: unknown) => log.warn('affinities not cleaned', { err }));
    }
  }

  doubt(): void {
    if (this.#state === 'known') this.#state = 'unknown';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  /** Takes over what the kernel holds. If it has refused that the fixed part be written over what is there, all is made anew. */
  async #compare(signal: AbortSignal): Promise<readonly string[]> {
    const { contents, ...state } = readContents(await listTable(this.#program, { kind: 'table', name: this.#table }, signal));
    const layout = layoutCommands({ table: this.#table, clusterCidrs: this.#options.clusterCidrs });
    this.#chains.clear();
    if (this.#state === 'refused') {
      this.#elements.reset(new Map());
      return [...removeCommands(this.#table, state), ...layout];
    }
    this.#elements.reset(contents);
    return [...layout, ...restoreChainCommands(this.#table, state.chains, this.#chains)];
  }

  #noteSticky(service: Key, forwardings: readonly Forwarding[]): void {
    for (const front of this.#stickyOf.get(service) ?? []) this.#sticky.delete(front);
    const sticky = forwardings.filter(({ family, affinitySeconds }) => family === 'ip' && affinitySeconds !== undefined);
    this.#stickyOf.set(service, sticky.map(frontKey));
    if (sticky.length === 0) this.#stickyOf.delete(service);
    for (const forwarding of sticky) {
      const backends = [...forwarding.route.backends, ...(forwarding.fromOutside?.backends ?? [])];
      this.#sticky.set(frontKey(forwarding), new Set(backends.map(({ address, port }) => `${address} . ${port}`)));
    }
  }

  async #forgetClients(signal: AbortSignal): Promise<void> {
    for (const map of PROTOCOLS.map(affinityMap)) {
      const listing = await listTable(this.#program, { kind: 'map', name: `${this.#table} ${map}` }, signal);
      const stale = staleAffinities(readContents(listing).affinities, this.#sticky);
      if (stale.length === 0) continue;
      const what = `element inet ${this.#table} ${map}`;
      // Added first: one that has expired meanwhile could not be deleted.
      const entries = stale.map(({ key, backend }) => `${key} : ${backend}`);
      await this.#session.nft(
        `add ${what} { ${entries.join(', ')} }\ndelete ${what} { ${stale.map(({ key }) => key).join(', ')} }`,
        signal,
      );
    }
  }
}

/** Takes every rule of Services off this node; what else is in the table stays. */
export async function removeServiceRules(clusterName: string, program: readonly string[] = ['nft']): Promise<void> {
  const table = tableName(clusterName);
  const commands = removeCommands(table, readContents(await listTable(program, { kind: 'table', name: table })));
  if (commands.length === 0) return;
  await using session = nftSession(program);
  await session.nft(commands.join('\n'));
}
