import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { deadline } from '@steersman/async';
import { TYPE } from '../wire/codes.ts';
import { wireOfName } from '../wire/names.ts';
import { questionFor } from '../wire/parse-query.ts';
import { exchange } from './exchange.ts';
import type { UpstreamAddress } from './upstream-address.ts';
import { upstreamQuery } from './upstream-query.ts';

const PROBE_MS = 2_000;
const LABEL_BYTES = 12;

/** Finds upstream servers that ask us in turn: each is asked once for a name that nobody else can know. */
export class LoopGuard {
  readonly #probes: ReadonlyMap<string, UpstreamAddress>;

  constructor(upstreams: readonly UpstreamAddress[]) {
    this.#probes = new Map(upstreams.map(address => [questionFor(secretName(), TYPE.HINFO).key, address]));
  }

  /** The server whose probe this question is. */
  caught(key: string): UpstreamAddress | undefined {
    return this.#probes.get(key);
  }

  /** Sends the probes. What comes back of them is of no interest. */
  async probe(signal: AbortSignal): Promise<void> {
    using limit = deadline(PROBE_MS, signal);
    await Promise.allSettled(
      [...this.#probes].map(([key, address]) =>
        exchange(upstreamQuery({ key, isDnssecOk: false, isCheckingDisabled: false }, false).message, address, {
          transport: 'udp',
          accept: message => message,
          signal: limit.signal,
        }),
      ),
    );
  }
}

/** In no zone, so that no server on the way takes it for its own. */
const secretName = (): string =>
  wireOfName(`${randomBytes(LABEL_BYTES).toString('hex')}.${randomBytes(LABEL_BYTES).toString('hex')}`) ?? '\0';

/** Servers that are plainly this one. */
export function withoutOurselves(
  upstreams: readonly UpstreamAddress[],
  { bindAddresses, port }: { readonly bindAddresses: readonly string[]; readonly port: number },
): readonly UpstreamAddress[] {
  const isOpen = bindAddresses.some(address => address === '0.0.0.0' || address === '::');
  const local = isOpen ? Object.values(networkInterfaces()).flatMap(found => (found ?? []).map(({ address }) => address)) : [];
  const ours = new Set([...bindAddresses, ...local]);
  return upstreams.filter(upstream => upstream.port !== port || !ours.has(upstream.host));
}
