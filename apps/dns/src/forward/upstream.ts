import type { Clock } from '@steersman/async';
import type { UpstreamAddress } from './upstream-address.ts';

const FIRST_REST_MS = 1_000;
const MAX_REST_MS = 30_000;

/** A server that others are asked before while it does not answer. */
export class Upstream {
  readonly address: UpstreamAddress;
  readonly #clock: Pick<Clock, 'now'>;
  #failures = 0;
  #restUntil = 0;

  constructor(address: UpstreamAddress, clock: Pick<Clock, 'now'>) {
    this.address = address;
    this.#clock = clock;
  }

  get isResting(): boolean {
    return this.#clock.now() < this.#restUntil;
  }

  answered(): void {
    this.#failures = 0;
    this.#restUntil = 0;
  }

  failed(): void {
    this.#failures++;
    this.#restUntil = this.#clock.now() + Math.min(FIRST_REST_MS * 2 ** (this.#failures - 1), MAX_REST_MS);
  }
}

/** In the order given, those that rest last: when all do, they are still better than nothing. */
export const inOrder = (upstreams: readonly Upstream[]): readonly Upstream[] => [
  ...upstreams.filter(({ isResting }) => !isResting),
  ...upstreams.filter(({ isResting }) => isResting),
];
