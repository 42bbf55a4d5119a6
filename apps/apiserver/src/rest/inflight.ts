import type { User } from '@steersman/auth';
import { StatusError } from '@steersman/status';
import type { GaugeCell } from '@steersman/telemetry';

const ADMINISTRATORS = 'system:masters';
const RETRY_AFTER_SECONDS = 1;

export interface InflightLimits {
  /** Requests that change nothing. */
  readonly readOnly: number;
  readonly mutating: number;
}

export type InflightKind = keyof InflightLimits;

/** How many requests run at once, watches and streams apart. Beyond the limit only administrators get in, so that trouble can be mended. */
export class Inflight {
  readonly #limits: InflightLimits;
  readonly #running = { readOnly: 0, mutating: 0 };
  readonly #gauges: Readonly<Record<InflightKind, GaugeCell>>;

  constructor(limits: InflightLimits, gauges: Readonly<Record<InflightKind, GaugeCell>>) {
    this.#limits = limits;
    this.#gauges = gauges;
  }

  /** Throws TooManyRequests. */
  enter(kind: InflightKind, user: User): Disposable {
    if (this.#running[kind] >= this.#limits[kind] && !user.groups.includes(ADMINISTRATORS)) {
      throw new StatusError('TooManyRequests', 'Too many requests, please try again later.', {
        details: { retryAfterSeconds: RETRY_AFTER_SECONDS },
      });
    }
    this.#running[kind]++;
    this.#gauges[kind].add(1);
    return {
      [Symbol.dispose]: () => {
        this.#running[kind]--;
        this.#gauges[kind].add(-1);
      },
    };
  }
}
